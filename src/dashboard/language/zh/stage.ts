import type { StageWords } from '../catalogue/stage.ts'

export const stageWords: StageWords = {
  history: {
    title: stage => `${stage}趋势`,
    range: '范围',
    ranges: { '1h': '1 小时', '6h': '6 小时', '24h': '24 小时' },
    p90: '完成时长 P90',
    wip: '在办数量',
    target: '目标',
    whole: '显示整个环节',
    none: '这段时间内该环节没有完成的案例。',
    away: '暂时无法读取历史；实时数据不受影响。',
    loading: '读取中…',
    noWip: '在办趋势仅适用于整个环节。',
  },
}
