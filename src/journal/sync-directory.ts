import { open } from 'node:fs/promises'

/** Makes renames and removals in a directory durable: they are changes of the directory, not of the files. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
