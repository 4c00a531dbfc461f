import type { HealthWords } from '../catalogue/health.ts'

export const healthWords: HealthWords = {
  health: {
    title: '运行状况',
    counted: '已计事件',
    deadLetters: '死信',
  },
}
