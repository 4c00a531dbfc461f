import type { MetricsWords } from '../catalogue/metrics.ts'

export const metricsWords: MetricsWords = {
  metrics: {
    title: '指标',
    none: '此流程没有定义指标。指标写在流程文件的 `metrics:` 之下。',
    metric: '指标',
    about: '对象',
    formula: '算法',
    over: (statistic, window) => `${statistic}，窗口 ${window}`,
    atAMoment: statistic => `${statistic}，当前时刻`,
    now: '当前',
    owner: '负责人',
    status: '状态',
    statuses: { draft: '草稿', published: '已发布', deprecated: '已停用' },
    version: '版本',
    unit: '单位',
    units: { duration: '时长', count: '数量', ratio: '比例', per_hour: '每小时', amount: '金额' },
    direction: '优劣',
    directions: { lower_is_better: '越低越好', higher_is_better: '越高越好' },
    meaning: '含义',
    inOther: '英文',
    hash: '哈希',
    place: '所在文件',
    untranslated: '尚未填写',
  },
}
