import type { Chance } from './chance.ts'
import { machineNow } from './timers.ts'

/*
 * A disk in memory that stands for `node:fs/promises`. What was written is there for whoever reads it, and survives the
 * end of the program; the power going off costs what was not synced: of a file's writes a part of what came last, of a
 * directory's changes the last ones.
 */
type Write = { readonly at: number; readonly bytes: Buffer } | { readonly cutTo: number }

/** Its writes as they came, by reference: journal and snapshots leave alone what they have handed over. */
class File {
  #writes: Write[] = []
  #synced = 0

  get bytes(): Buffer {
    const [only] = this.#writes
    if (only !== undefined && 'bytes' in only && only.at === 0 && this.#writes.length === 1) return only.bytes
    let length = 0
    for (const write of this.#writes) {
      length = 'cutTo' in write ? Math.min(length, write.cutTo) : Math.max(length, write.at + write.bytes.length)
    }
    const bytes = Buffer.alloc(length)
    for (const write of this.#writes) {
      if ('cutTo' in write) bytes.fill(0, write.cutTo)
      else write.bytes.copy(bytes, write.at)
    }
    return bytes
  }

  write(write: Write): void {
    this.#writes.push(write)
  }

  sync(): void {
    this.#synced = this.#writes.length
  }

  /** The power goes off: the last writes are lost, the one before them may be torn. */
  lose(chance: Chance): void {
    const unsynced = this.#writes.splice(this.#synced)
    const kept = chance.below(unsynced.length + 1)
    this.#writes.push(...unsynced.slice(0, kept))
    const torn = unsynced[kept]
    if (torn !== undefined && 'bytes' in torn) {
      this.#writes.push({ at: torn.at, bytes: torn.bytes.subarray(0, chance.below(torn.bytes.length)) })
    }
    this.sync()
  }

  replace(bytes: Buffer): void {
    this.#writes = [{ at: 0, bytes }]
    this.sync()
  }
}

class Directory {
  files = new Map<string, File>()
  #synced = new Map<string, File>()
  #unsynced: ((files: Map<string, File>) => void)[] = []

  change(change: (files: Map<string, File>) => void): void {
    change(this.files)
    this.#unsynced.push(change)
  }

  sync(): void {
    this.#synced = new Map(this.files)
    this.#unsynced = []
  }

  lose(chance: Chance): void {
    const files = new Map(this.#synced)
    for (const change of this.#unsynced.slice(0, chance.below(this.#unsynced.length + 1))) change(files)
    for (const file of files.values()) file.lose(chance)
    this.files = files
    this.sync()
  }
}

const systemError = (code: string, path: string): Error => Object.assign(new Error(`${code}: ${path}`), { code })

export class Disk {
  /** Since when there is no room, and until when, in ms of the machine. */
  fullUntilMs = 0
  readonly #directories = new Map<string, Directory>()
  readonly #chance: Chance
  readonly #syncMs: number

  /** @param syncMs how long a sync takes, about. */
  constructor(chance: Chance, syncMs: number) {
    this.#chance = chance
    this.#syncMs = syncMs
  }

  loseUnsynced(): void {
    for (const directory of this.#directories.values()) directory.lose(this.#chance)
  }

  /** The names of a directory's files, sorted. */
  list(path: string): string[] {
    return [...(this.#directories.get(path)?.files.keys() ?? [])].sort()
  }

  bytesOf(path: string): Buffer {
    return Buffer.from(this.#fileAt(path).bytes)
  }

  /** As a disk that goes bad does it: without anybody having written. */
  replace(path: string, bytes: Buffer): void {
    this.#fileAt(path).replace(bytes)
  }

  remove(path: string): void {
    const [directory, name] = this.#placeOf(path)
    directory.change(files => files.delete(name))
    directory.sync()
  }

  /** What stands for the functions of `node:fs/promises`. */
  readonly functions = {
    mkdir: async (path: string): Promise<void> => {
      this.#mayUse(path)
      if (!this.#directories.has(path)) this.#directories.set(path, new Directory())
    },
    readdir: async (path: string): Promise<string[]> => {
      this.#mayUse(path)
      return this.list(path)
    },
    readFile: async (path: string): Promise<Buffer> => {
      this.#mayUse(path)
      return this.bytesOf(path)
    },
    rename: (from: string, to: string): Promise<void> =>
      this.#change(from, (directory, name) => {
        const [, newName] = this.#placeOf(to)
        directory.change(files => {
          const file = files.get(name)
          if (file === undefined) return
          files.delete(name)
          files.set(newName, file)
        })
      }),
    rm: (path: string): Promise<void> =>
      this.#change(path, (directory, name) => directory.change(files => files.delete(name))),
    open: async (path: string, flags: string | number) => {
      this.#mayUse(path)
      const directory = this.#directories.get(path)
      if (directory !== undefined) return this.#handleOf(path, directory)
      const [parent, name] = this.#placeOf(path)
      if (typeof flags === 'string' && flags.startsWith('w')) {
        const fresh = new File()
        parent.change(files => files.set(name, fresh))
      }
      return this.#handleOf(path, this.#fileAt(path))
    },
  }

  #handleOf(path: string, target: File | Directory) {
    const file = target as File
    const write = async (bytes: Buffer, at: number) => {
      this.#mayUse(path)
      if (machineNow().nowMs < this.fullUntilMs) throw systemError('ENOSPC', path)
      file.write({ at, bytes })
      return { bytesWritten: bytes.length }
    }
    const sync = () => this.#later(path, () => target.sync())
    return {
      write: (bytes: Buffer, from: number, length: number, at: number) =>
        write(bytes.subarray(from, from + length), at),
      writev: async (parts: readonly Buffer[], from: number) => {
        let at = from
        for (const part of parts) at += (await write(part, at)).bytesWritten
        return { bytesWritten: at - from }
      },
      writeFile: async (bytes: Buffer) => void (await write(bytes, 0)),
      truncate: async (cutTo: number) => {
        this.#mayUse(path)
        file.write({ cutTo })
      },
      sync,
      datasync: sync,
      close: async () => {},
    }
  }

  #change(path: string, change: (directory: Directory, name: string) => void): Promise<void> {
    return this.#later(path, () => change(...this.#placeOf(path)))
  }

  /** Half of it is done at once and only told later, half of it is done when it is told. */
  #later(path: string, act: () => void): Promise<void> {
    this.#mayUse(path)
    const delayMs = this.#chance.delay(this.#syncMs)
    const life = machineNow().current
    if (this.#chance.oneIn(2)) {
      act()
      return machineNow().wait(delayMs, () => {})
    }
    return machineNow().wait(delayMs, () => {
      if (life?.isFenced) throw systemError('EIO', path)
      act()
    })
  }

  #mayUse(path: string): void {
    if (machineNow().current?.isFenced) throw systemError('EIO', path)
  }

  #placeOf(path: string): [Directory, string] {
    const slash = path.lastIndexOf('/')
    const directory = this.#directories.get(path.slice(0, slash))
    if (directory === undefined) throw systemError('ENOENT', path)
    return [directory, path.slice(slash + 1)]
  }

  #fileAt(path: string): File {
    const [directory, name] = this.#placeOf(path)
    const file = directory.files.get(name)
    if (file === undefined) throw systemError('ENOENT', path)
    return file
  }
}

let disk: Disk | undefined
let seenAs: (bytes: Buffer) => Buffer = bytes => bytes

/** Which disk the functions of `fileSystem` work on. @param snapshotSeenAs what a reader gets of a snapshot's bytes. */
export function useDisk(own: Disk, snapshotSeenAs: (bytes: Buffer) => Buffer = bytes => bytes): void {
  disk = own
  seenAs = snapshotSeenAs
}

const own = (): Disk => {
  if (disk === undefined) throw new Error('no disk is there')
  return disk
}

type Functions = Disk['functions']

/** Stands for `node:fs/promises`, as far as journal and snapshots use it. */
export const fileSystem: { [Name in keyof Functions]: Functions[Name] } = {
  mkdir: path => own().functions.mkdir(path),
  readdir: path => own().functions.readdir(path),
  readFile: async path => {
    const bytes = await own().functions.readFile(path)
    return path.endsWith('.snapshot') ? seenAs(bytes) : bytes
  },
  rename: (from, to) => own().functions.rename(from, to),
  rm: path => own().functions.rm(path),
  open: (path, flags) => own().functions.open(path, flags),
}
