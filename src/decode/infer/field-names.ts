/**
 * What the name of a field lets one expect, as a share of 1. Counts decide; names tip the balance where fields look
 * alike in their counts, as an order's id and its buyer's do.
 */

const last = (name: string): string =>
  (name.split('.').at(-1) ?? name).replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()

const caseThings =
  'case|order|ticket|incident|application|claim|shipment|parcel|package|request|process|instance|process_instance|booking|invoice|loan|job|workflow|delivery|trip|contract|issue|work_order|consignment|return'

const caseName = new RegExp(`^(${caseThings})([_-]?(id|no|nr|number|key|code|uuid|ref))?$`)
const otherThing =
  /event|message|trace|span|user|customer|buyer|seller|resource|product|item|session|correlation|tenant|group|worker|employee/
const idName = /(^|[_-])(id|no|nr|number|key|uuid|ref)$/

export function looksLikeCase(name: string): number {
  if (name === '$key') return 0.5
  const word = last(name)
  if (caseName.test(word)) return 1
  if (otherThing.test(word)) return -0.3
  return idName.test(word) ? 0.6 : 0
}

export function looksLikeActivity(name: string): number {
  const word = last(name)
  if (/^(activity|activity_name|event|event_type|event_name|step|task|milestone|type)$/.test(word)) return 1
  if (/^(action|status|state|stage|phase|operation|kind|order_status|new_status|to_status|status_name)$/.test(word))
    return 0.8
  if (/activity|status|event|step|lifecycle/.test(word)) return 0.5
  if (/^op$|resource|user|customer|product|region|country|warehouse|team|group|owner|agent/.test(word)) return -0.5
  return 0
}

export function looksLikeEventTime(name: string): number {
  const word = last(name)
  if (isDueTime(name)) return -1
  if (/^(ts|timestamp|time|event_time|event_ts|event_timestamp|occurred_at|happened_at|at)$/.test(word)) return 1
  if (/^(updated_at|changed_at|status_changed_at|start_time|date|datetime|created_at)$/.test(word)) return 0.5
  if (/ingest|process|receiv|load|sync|publish|^ts_ms$/.test(word)) return -0.2
  return 0
}

/** A time that is promised or expected and did not come from anything that happened. */
export const isDueTime = (name: string): boolean =>
  /due|deadline|promis|expect|estimat|planned|schedul|expir|valid|eta$|ship_by|_by$|limit|target|birth/.test(last(name))

/** A time that moves whenever the row is touched. */
export const isTouchTime = (name: string): boolean =>
  /updat|modif|chang|sync|ingest|processed|load|_ms$|last_|latest/.test(last(name))

export const looksLikeEventId = (name: string): boolean =>
  /^(event_?id|message_?id|record_?id|uuid|guid|id)$/.test(last(name)) && !name.startsWith('$')

/** 0: the id of somebody or something, whose segments would tell nothing of a process. */
export function looksLikeDimension(name: string): number {
  const word = last(name)
  if (/warehouse|region|country|carrier|channel|site|plant|store|hub|depot|state|province|city|market/.test(word))
    return 1
  if (
    /category|service|priority|impact|level|type|class|segment|tier|product|workgroup|line|group|team|unit/.test(word)
  ) {
    return 0.7
  }
  return idName.test(word) ? 0 : 0.3
}

export const looksLikeMoney = (name: string): boolean =>
  /^(amount|total|price|value|revenue|cost|sum|net|gross)$|_(amount|total|price|value|revenue|cost)$|^(order|total|gross|net)_/.test(
    last(name),
  )

/** `after.picked_at` tells of `picked`. */
export function activityOfColumn(name: string): string {
  const word = last(name)
  return word.replace(/[_-](at|on|time|ts|date|timestamp|datetime)$/, '').replace(/^(time|date|ts)[_-]/, '') || word
}

/** What one calls a case: `order_id` names an order. */
export function nounOfCase(names: readonly string[]): string {
  const word = last(names[0] ?? '').replace(/[_-](id|no|nr|number|key|code|uuid|ref)$/, '')
  return word === '' || word === '$key' || word === 'id' || word === 'case' ? 'case' : word.replaceAll('_', ' ')
}
