import { proveHistories } from './proof-tests.ts'

/* The other half of the proof. */
proveHistories({ atTheEnd: 2_250, afterEveryRecord: 250 })
