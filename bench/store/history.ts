import { instant } from '../../src/event/instant.ts'
import type { StoreConnection } from '../../src/store/clickhouse/connection.ts'
import { RollUps } from '../../src/store/writing/roll-ups.ts'
import { company, historyDays, historyFromMs, historyToMs, type IdKind } from './company.ts'

/*
 * A month of the company, put into the tables by the engine itself: millions of rows in seconds. Roll-ups are made by
 * the product's own code, a day at a time, as they would have come about.
 */
export const historyVisits = 10_000_000
export const historyCases = historyVisits / company.stages.length

const panes = (historyToMs - historyFromMs) / company.paneMs
const series = company.stages.length * (1 + company.warehouses.length)
export const historyPanes = panes * series

const alerts = 2_000

export async function fillHistory(connection: StoreConnection): Promise<void> {
  await fillVisits(connection, 'visits', historyVisits, 'order')
  await fillTransitions(connection)
  const { process, source } = company
  const version = { process, source, partition: 0, epoch: 0, position: 1 }
  const rollUps = await RollUps.open(connection)
  await rollUps.prepareFor([{ ...version, start: instant(historyFromMs) }])
  for (let day = 0; day < historyDays; day++) {
    await fillPanes(connection, (day * panes) / historyDays, panes / historyDays)
    const before = instant(historyFromMs + (day + 1) * 86_400_000)
    await rollUps.advance([{ ...version, position: day + 2, before }])
  }
}

const texts = (values: readonly string[]): string => `[${values.map(value => `'${value}'`).join(', ')}]`

const segmentTexts = texts(company.warehouses.map(warehouse => JSON.stringify({ warehouse })))

/** One of an array's values, by a number. */
const pick = (array: string, by: string): string => `arrayElement(${array}, 1 + ${by} % length(${array}))`

/** A log-normal duration about a stage's median, by a hash. */
const duration = (stage: string): string =>
  `toUInt64(arrayElement([${company.mediansMs.join(', ')}], 1 + ${stage}) * exp(0.6 * (
    (h % 1000 + intDiv(h, 1000) % 1000 + intDiv(h, 1000000) % 1000 + intDiv(h, 1000000000) % 1000) / 1000 - 2) * 1.73))`

const idOf: { readonly [Kind in IdKind]: string } = {
  order: `concat('ORD-', leftPad(toString(case_number), 10, '0'))`,
  uuid: `toString(reinterpretAsUUID(sipHash128(case_number)))`,
}

/** The stages of a case begin half a day apart, its cases follow each other over the month; what has not ended by then is open. */
export async function fillVisits(connection: StoreConnection, table: string, count: number, kind: IdKind) {
  const stages = company.stages.length
  const spreadMs = historyToMs - historyFromMs - 2 * 86_400_000
  await connection.command(
    `INSERT INTO ${table} (process, stage, start_ms, case_id, ordinal, visit, end_ms, outcome, reason, business_ms,
      segment, attributes, breached, source, partition, version, deleted)
    SELECT '${company.process}', ${pick(texts(company.stages), 'stage')}, start, ${idOf[kind]}, 0, 1,
      if(start + ms > ${historyToMs}, NULL, start + ms), if(start + ms > ${historyToMs}, 'open', 'completed'), NULL,
      if(stage % 3 > 0, NULL, intDiv(ms, 3)), ${pick(segmentTexts, 'h')},
      concat('{"amount":', toString(intDiv(h, 64) % 50000), ',"carrier":"', ${pick(texts(company.carriers), 'intDiv(h, 8)')},
        '","region":"north","warehouse":"', ${pick(texts(company.warehouses), 'h')}, '"}'),
      intDiv(h, 1024) % 50 = 0, '${company.source}', 0, number, 0
    FROM (
      SELECT number, number % ${stages} AS stage, intDiv(number, ${stages}) AS case_number,
        cityHash64(number) AS h, ${duration('stage')} AS ms,
        ${historyFromMs} + toInt64(case_number * ${spreadMs} / ${count / stages})
          + toInt64(stage * 43200000 + h % 43200000) AS start
      FROM numbers(${count}))`,
  )
}

/**
 * Of each stage a total and eight segments. A total's pane has eight durations, a segment's none to two, as those visits
 * give; they lie in buckets about the stage's median.
 */
async function fillPanes(connection: StoreConnection, first: number, count: number): Promise<void> {
  const ofStage = 1 + company.warehouses.length
  const buckets = `mapFromArrays(
    arrayMap(i -> toInt32(middle - 40 + i * 10 + intDiv(h, 16) % 10), range(exits)),
    arrayMap(i -> toUInt64(1), range(exits)))`
  await connection.command(
    `INSERT INTO panes (process, stage, total, segment, start_ms, source, partition, end_ms, entered, exited, abandoned,
      expired, reworked, breached, sum_ms, min_ms, max_ms, zero_count, buckets, version)
    SELECT '${company.process}', ${pick(texts(company.stages), 'stage')}, segment = 0,
      if(segment = 0, '{}', arrayElement(${segmentTexts}, segment)), start, '${company.source}', 0,
      start + ${company.paneMs}, exits + 1, exits, 0, 0, 0, h % 7 = 0,
      exits * ms, if(exits = 0, NULL, intDiv(ms, 2)), if(exits = 0, NULL, 2 * ms), 0, ${buckets}, number
    FROM (
      SELECT number, number % ${series} AS line, intDiv(line, ${ofStage}) AS stage, line % ${ofStage} AS segment,
        cityHash64(number) AS h, if(segment = 0, 8, arrayElement([0, 1, 1, 2], 1 + h % 4)) AS exits,
        ${historyFromMs} + toInt64(intDiv(number, ${series})) * ${company.paneMs} AS start, ${duration('stage')} AS ms,
        toInt32(round(log2(arrayElement([${company.mediansMs.join(', ')}], 1 + stage)) * 32)) AS middle
      FROM numbers(${first * series}, ${count * series}))`,
  )
}

/** Alerts that fire and resolve, with an explanation as long as they are. */
async function fillTransitions(connection: StoreConnection): Promise<void> {
  await connection.command(
    `INSERT INTO alert_transitions (process, id, at_ms, state, from_state, because, rule, stage, measure, segment,
      since_ms, fired_at_ms, value, owner, severity, summary, explanation)
    SELECT '${company.process}', lower(hex(sipHash64(alert))), ${historyFromMs} + alert * 1296000 + step * 300000,
      arrayElement(['pending', 'firing', 'recovering', 'resolved'], 1 + step),
      arrayElement(['inactive', 'pending', 'firing', 'recovering'], 1 + step), 'breach-held', 'slow',
      ${pick(texts(company.stages), 'alert')}, '', ${pick(segmentTexts, 'alert')},
      ${historyFromMs} + alert * 1296000, NULL, 1.5, 'ops', 'warning', '{"en":"slow"}',
      concat('{"values":"', repeat('x', 2000), '"}')
    FROM (SELECT intDiv(number, 4) AS alert, number % 4 AS step FROM numbers(${alerts * 4}))`,
  )
}
