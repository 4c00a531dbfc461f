import type { RejectReason } from '../../../event/record.ts'
import type { ProcessHealth } from '../../../protocol/health.ts'
import type { Latency } from '../../../protocol/message.ts'
import type { Status } from '../../../protocol/status.ts'
import type { With } from './with.ts'

export type HealthWords = {
  readonly health: {
    readonly title: string
    readonly states: Readonly<Record<ProcessHealth['state'], string>>
    /** What the state means for the numbers of the page. */
    readonly means: Readonly<Record<ProcessHealth['state'], string>>
    readonly notReady: string
    readonly process: string
    readonly source: string
    readonly sources: Readonly<Record<ProcessHealth['source']['state'], string>>
    readonly since: With<[time: string]>
    readonly lag: string
    readonly watermark: string
    readonly evaluated: string
    readonly heldBy: string
    readonly heldSince: With<[places: string, time: string, duration: string]>
    readonly catchUp: string
    readonly readOf: With<[read: string, of: string, share: string]>
    readonly saved: string
    readonly latencies: Readonly<Record<Latency['of'], string>>
    readonly latencyOf: With<[p50: string, p99: string]>
    readonly casesInMemory: string
    readonly partitions: string
    readonly partition: string
    readonly offset: string
    readonly behind: string
    readonly atEnd: string
    readonly holdsTime: string
    readonly noPartition: string
    readonly counted: string
    readonly rejected: string
    readonly late: string
    readonly records: string
    readonly events: string
    /** By the names of `summary.json`; one that a newer server tells is shown as it is. */
    readonly counts: Readonly<Record<string, string>>
    readonly deadLetters: string
    readonly noDeadLetter: string
    readonly reason: string
    readonly count: string
    readonly sample: string
    readonly reasons: Readonly<Record<RejectReason, string>>
    readonly storedAt: With<[place: string, time: string]>
    readonly key: string
    readonly value: string
    readonly cut: string
    readonly noSample: string
    readonly noValue: string
    readonly unknownActivities: string
    readonly noUnknown: string
    readonly unknownNote: string
    readonly activity: string
    readonly lacking: string
    readonly lackingNote: string
    readonly noLacking: string
    readonly lackingAway: string
    readonly lackingWhat: string
    readonly notifications: string
    readonly waiting: string
    readonly dead: string
    readonly noneWaiting: string
    readonly noneDead: string
    readonly contactPoint: string
    readonly tells: string
    readonly attempts: string
    readonly problem: string
    readonly nextAttempt: string
    readonly underWay: string
    readonly gaveUp: string
    readonly sendAgain: string
    readonly sending: string
    readonly sent: string
    readonly disabled: With<[contactPoint: string, reason: string]>
    readonly heldBack: With<[processes: string]>
    readonly listedOf: With<[listed: string, all: string]>
    readonly alertmanager: string
    readonly toldAt: With<[time: string]>
    readonly notTold: string
    readonly program: string
    readonly version: string
    readonly started: string
    readonly store: string
    readonly stores: Readonly<Record<Status['store']['state'], string>>
    readonly rowsWritten: string
    readonly rowsWaiting: string
    readonly audit: string
    readonly noAudit: string
    readonly when: string
    readonly who: string
    readonly what: string
    readonly subject: string
  }
}
