import type { HealthWords } from '../catalogue/health.ts'

export const healthWords: HealthWords = {
  health: {
    title: 'Health',
    counted: 'Events counted',
    deadLetters: 'Dead letters',
  },
}
