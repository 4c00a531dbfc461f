import type { PartsWords } from '../catalogue/parts.ts'

export const partsWords: PartsWords = {
  parts: {
    old: '以下内容已过时：',
    csvTitle: '将此列表下载为表格',
    more: '显示更多',
    tryAgain: '重试',
    versions: '版本历史',
    noVersions: '没有存储：自首次带存储启动起记录。',
    defined: { new: '新增', changed: '变更', gone: '移除' },
    versionOf: number => `版本 ${number}`,
    inForce: '生效中',
  },
}
