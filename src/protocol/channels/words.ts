import type { Severity } from '../vocabulary.ts'

/** The languages that messages are written in. */
export type TextLanguage = 'en' | 'zh'

/** What messages to people are made of, beside the texts of the definitions. */
export type ChannelWords = {
  readonly severity: Readonly<Record<Severity, string>>
  readonly state: Readonly<Record<'firing' | 'no_data' | 'resolved' | 'revised' | 'withdrawn', string>>
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
  readonly oldest: string
  readonly probablyLate: string
  readonly overdue: string
  readonly atStake: string
  readonly suspected: string
  readonly action: string
  readonly runbook: string
  readonly open: string
  readonly flapping: string
  /** @param since in the process's time zone. */
  readonly firedTimes: (times: number, since: string) => string
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
    state: {
      firing: 'Firing',
      no_data: 'No data',
      resolved: 'Resolved',
      revised: 'Firing, numbers corrected',
      withdrawn: 'Withdrawn, numbers corrected',
    },
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
    oldest: 'Oldest',
    probablyLate: 'Probably late',
    overdue: 'Late',
    atStake: 'At stake',
    suspected: 'Suspected cause',
    action: 'Action',
    runbook: 'Runbook',
    open: 'Open in Stagewatch',
    flapping: 'Flapping',
    firedTimes: (times, since) =>
      `fired ${times} times since ${since}; told again when it has been calm for half an hour, or in six hours`,
    andMore: count => `and ${count} more`,
    notListed: count => `${count} more, see Stagewatch`,
    colon: ': ',
  },
  zh: {
    severity: { critical: '严重', warning: '警告', info: '提示' },
    state: {
      firing: '触发中',
      no_data: '无数据',
      resolved: '已恢复',
      revised: '触发中，数值已更正',
      withdrawn: '已撤回，数值已更正',
    },
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
    oldest: '最久未完成',
    probablyLate: '可能逾期',
    overdue: '逾期',
    atStake: '涉及金额',
    suspected: '疑似原因',
    action: '措施',
    runbook: '手册',
    open: '在 Stagewatch 中查看',
    flapping: '反复触发',
    firedTimes: (times, since) => `自 ${since} 起触发 ${times} 次；平静半小时后，或六小时后，再行通知`,
    andMore: count => `另有 ${count} 条`,
    notListed: count => `另有 ${count} 条，请到 Stagewatch 查看`,
    colon: '：',
  },
}
