import type { Severity } from '../vocabulary.ts'

/** The languages that messages are written in. */
export type TextLanguage = 'en' | 'zh'

/** What messages to people are made of, beside the texts of the definitions. */
export type ChannelWords = {
  readonly severity: Readonly<Record<Severity, string>>
  readonly state: Readonly<Record<'firing' | 'no_data' | 'resolved', string>>
  readonly stage: string
  readonly measure: string
  readonly segment: string
  readonly all: string
  readonly unknown: string
  readonly since: string
  readonly until: string
  readonly owner: string
  readonly escalated: string
  /** @param duration since somebody was told first. */
  readonly after: (duration: string) => string
  readonly measured: string
  readonly action: string
  readonly runbook: string
  readonly open: string
  /** Goes behind the most urgent alert of several. */
  readonly andMore: (count: number) => string
  /** Stands at the end where alerts are not listed. */
  readonly notListed: (count: number) => string
  /** Between a label and what it labels. */
  readonly colon: string
}

export const channelWords: Readonly<Record<TextLanguage, ChannelWords>> = {
  en: {
    severity: { critical: 'Critical', warning: 'Warning', info: 'Info' },
    state: { firing: 'Firing', no_data: 'No data', resolved: 'Resolved' },
    stage: 'Stage',
    measure: 'Measure',
    segment: 'Segment',
    all: 'all together',
    unknown: 'unknown',
    since: 'Since',
    until: 'Until',
    owner: 'Owner',
    escalated: 'Escalated',
    after: duration => `after ${duration}`,
    measured: 'Measured',
    action: 'Action',
    runbook: 'Runbook',
    open: 'Open in Stagewatch',
    andMore: count => `and ${count} more`,
    notListed: count => `${count} more, see Stagewatch`,
    colon: ': ',
  },
  zh: {
    severity: { critical: '严重', warning: '警告', info: '提示' },
    state: { firing: '触发中', no_data: '无数据', resolved: '已恢复' },
    stage: '环节',
    measure: '度量',
    segment: '细分',
    all: '全部',
    unknown: '未知',
    since: '开始于',
    until: '结束于',
    owner: '负责',
    escalated: '升级',
    after: duration => `${duration}后`,
    measured: '实测',
    action: '措施',
    runbook: '手册',
    open: '在 Stagewatch 中查看',
    andMore: count => `另有 ${count} 条`,
    notListed: count => `另有 ${count} 条，请到 Stagewatch 查看`,
    colon: '：',
  },
}
