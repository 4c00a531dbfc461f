import { randomUUID } from 'node:crypto'
import { copyFile, cp, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { StoreConnection } from './connection.ts'
import { engineVersionFile } from './engine-version.ts'

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
    // How far roll-ups stand comes first: the copy must not say that they stand further than they do in it.
    const tables = await rows<{ name: string }>(
      "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree' ORDER BY name != 'roll_ups_until', name",
    )
    for (const table of tables) await command(`ALTER TABLE ${table.name} FREEZE WITH NAME '${name}'`)
    await copyAround(path, to)
    await cp(join(frozen, 'store'), join(to, 'store'), { recursive: true })
  } finally {
    await rm(frozen, { recursive: true, force: true })
  }
}

/** Of copies that were cut off: their links keep files that nobody needs. To be called by who has the directory open. */
export const removeFrozen = (path: string): Promise<void> => rm(join(path, SHADOW), { recursive: true, force: true })

/**
 * All but parts (`store/abc/<table>/<part>`) and what belongs to the process that runs. By names, since parts that are being
 * written or merged come and go.
 */
async function copyAround(path: string, to: string): Promise<void> {
  for (const name of ['data', 'metadata']) {
    await cp(join(path, name), join(to, name), { recursive: true, verbatimSymlinks: true })
  }
  await copyFile(join(path, engineVersionFile), join(to, engineVersionFile))
  for (const group of await readdir(join(path, 'store'))) {
    for (const owner of await readdir(join(path, 'store', group))) {
      const [from, into] = [path, to].map(root => join(root, 'store', group, owner)) as [string, string]
      await mkdir(into, { recursive: true })
      for (const name of await readdir(from)) {
        if (isDescription(name)) await copyFile(join(from, name), join(into, name))
        if (name === 'detached') await mkdir(join(into, name))
      }
    }
  }
}

/** A database has a file for each of its tables, a table says in which format its parts are. */
const isDescription = (name: string): boolean => name.endsWith('.sql') || name === 'format_version.txt'
