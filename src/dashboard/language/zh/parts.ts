import type { PartsWords } from '../catalogue/parts.ts'

export const partsWords: PartsWords = {
  parts: {
    old: '以下内容已过时：',
    csvTitle: '将此列表下载为表格',
    more: '显示更多',
    tryAgain: '重试',
  },
}
