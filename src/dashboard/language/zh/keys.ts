import type { KeysWords } from '../catalogue/keys.ts'

export const keysWords: KeysWords = {
  keys: {
    title: '快捷键',
    does: {
      j: '下一个告警或行',
      k: '上一个',
      a: '认领告警',
      s: '推迟告警',
      '/': '查找案例',
      p: '暂停或继续',
      '?': '显示此列表',
      Esc: '关闭打开的内容',
    },
    goTo: view => `前往${view}`,
    areOn: '启用单键快捷键',
  },
}
