import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A disk of a few MiB in memory, to be filled. */
export class SmallDisk {
  readonly path: string

  /** @param path of a directory that is made. @throws Error where this user may not mount. */
  constructor(path: string, mebibytes: number) {
    this.path = path
    mkdirSync(path, { recursive: true })
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', path], { stdio: 'pipe' })
  }

  get availableBytes(): number {
    const { bsize, bavail } = statfsSync(this.path)
    return bsize * bavail
  }

  /** Somebody else's file takes what there is, but for so many bytes. */
  fill(leave: number): void {
    this.makeRoom()
    const bytes = Buffer.alloc(Math.max(0, this.availableBytes - leave), 1)
    try {
      writeFileSync(this.#ballast, bytes)
    } catch (error) {
      // Who writes beside us was faster: it is full then.
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }

  makeRoom(): void {
    rmSync(this.#ballast, { force: true })
  }

  /** Nothing may have a file of it open any more. */
  remove(): void {
    execFileSync('umount', ['-l', this.path], { stdio: 'pipe' })
    rmSync(this.path, { recursive: true })
  }

  get #ballast(): string {
    return join(this.path, 'somebody-elses-file')
  }
}

/** Mounting needs a right that not every user has; where tests have to run it is there. */
export const canMount = process.env.CI !== undefined || spawnSync('unshare', ['-m', 'true']).status === 0
