import type { CaseWords } from '../catalogue/case.ts'

export const caseWords: CaseWords = {
  lookup: {
    title: '查找案例',
    label: '案例编号',
    find: '查找',
    hint: '输入生产系统中的编号，查看该案例经过的每个环节。',
    visit: number => `第 ${number} 次`,
    over: '超出目标',
    cut: '仅显示前 500 次经过。',
    deadline: {
      due: at => `到期 ${at}`,
      late: share => `逾期概率 ${share}`,
      state: {
        on_time: '按时',
        due_soon: '很可能逾期',
        overdue: '已逾期',
        met: '按时完成',
        met_late: '逾期完成',
        unknown: '尚无法判断是否按时',
      },
      within: stage => `位于${stage}`,
      after: stage => `${stage}之后`,
    },
    inStage: '当前在',
    done: '没有进行中的环节',
    asOf: at => `数据时间 ${at}`,
    wait: (after, before) => `${after}与${before}之间`,
    waited: '不在任何环节',
    target: target => `目标 ${target}`,
    from: (start, end) => `${start} – ${end}`,
    openSince: start => `自 ${start}`,
    attributes: '事件所含信息',
  },
}
