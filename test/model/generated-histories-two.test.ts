import { proveHistories } from './proof-tests.ts'

/* The other half of the proof. */
proveHistories({ atTheEnd: 9_000, afterEveryRecord: 1_000 })
