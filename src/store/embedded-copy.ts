import { randomUUID } from 'node:crypto'
import { cp, rm, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { StoreConnection } from './connection.ts'

/*
 * A copy of an embedded store in use. Parts never change, but merges and their clean-up remove them at any time, so the
 * engine first puts hard links to all that are active under `shadow/` (FREEZE): from there they are copied in peace. Around
 * them goes what says which tables there are, and links between the directories, which are relative.
 */
const SHADOW = 'shadow'

/**
 * Every row that was acknowledged before the call is in the copy.
 *
 * @param path of the store's directory, open in this process.
 * @param to a directory that is made; it is opened like any other.
 */
export async function copyEmbedded(path: string, to: string, { command, rows }: StoreConnection): Promise<void> {
  // Letters and digits only: of others the engine makes escapes in the directory's name.
  const name = `copy${randomUUID().replaceAll('-', '')}`
  const frozen = join(path, SHADOW, name)
  try {
    const tables = await rows<{ name: string }>(
      "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree' ORDER BY name",
    )
    for (const table of tables) await command(`ALTER TABLE ${table.name} FREEZE WITH NAME '${name}'`)
    await cp(path, to, { recursive: true, verbatimSymlinks: true, filter: from => isAround(path, from) })
    await cp(join(frozen, 'store'), join(to, 'store'), { recursive: true, verbatimSymlinks: true })
  } finally {
    await rm(frozen, { recursive: true, force: true })
  }
}

/** Of copies that were cut off: their links keep files that nobody needs. To be called by who has the directory open. */
export const removeFrozen = (path: string): Promise<void> => rm(join(path, SHADOW), { recursive: true, force: true })

/** All but parts (`store/abc/<table>/<part>`), what is detached, and what belongs to the process that runs. */
async function isAround(path: string, from: string): Promise<boolean> {
  const [first, ...more] = relative(path, from).split(sep)
  if (first === SHADOW || first === 'status' || (first === 'tmp' && more.length > 0)) return false
  if (first !== 'store' || more.length < 3) return true
  if (more[2] === 'detached') return more.length === 3
  return (await stat(from)).isFile()
}
