import { StoreError } from '../store-error.ts'

/**
 * The oldest release of the server that the statements are right on, and for which there is support for years.
 *
 * - `input_format_json_throw_on_bad_escape_sequence`, without which half a surrogate pair stops a batch for ever, came
 *   with 24.4; an older server refuses every insert that names it.
 * - Releases up to 24.6 could answer wrongly to FINAL with ORDER BY along the key and
 *   `do_not_merge_across_partitions_select_final`, as every page of history is read (mended in 24.7, and in some later
 *   builds of older releases, which their number does not show).
 *
 * All else is older: EPHEMERAL columns, sumMap over Map, `positiveModulo`. 24.8 is the first long-term release with both.
 */
const least = { year: 24, release: 8 }

/** @throws StoreError where the server is too old, or does not say how old it is. */
export function checkVersion(url: string, version: string): void {
  const [, year, release] = /^(\d+)\.(\d+)/.exec(version) ?? []
  if (year !== undefined && Number(year) * 100 + Number(release) >= least.year * 100 + least.release) return
  throw new StoreError(
    `The ClickHouse server at ${url} has version ${version}, too old: at least ${least.year}.${least.release} is needed`,
    'Upgrade the server, or leave "store" out to keep the rows inside this process.',
  )
}
