import { existsSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../../..')

/** The events of the data set, which lies beside the project where it is there at all. */
export const olistEvents = join(root, '../shared/data/olist/events.ndjson.gz')
export const olistRules = join(root, 'rules/examples/olist')

export const hasOlist = existsSync(olistEvents)
export const withoutOlist = hasOlist ? '' : ' (skipped: no ../shared/data/olist)'
