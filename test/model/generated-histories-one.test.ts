import { proveHistories } from './proof-tests.ts'

/* Half of the proof; the other half is a file of its own, so that both run at the same time. */
proveHistories({ atTheEnd: 2_250, afterEveryRecord: 250 })
