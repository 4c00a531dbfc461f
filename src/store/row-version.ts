import type { RowVersion } from '../shard/output.ts'

const positionBits = 48n
const positionLimit = 2 ** 48
const epochLimit = 2 ** 16

/** `epoch · 2^48 + position` as decimal digits: more than a JS number holds. */
export function versionText({ epoch, position }: Pick<RowVersion, 'epoch' | 'position'>): string {
  if (!(Number.isInteger(position) && position >= 0 && position < positionLimit)) {
    throw new RangeError(`a row's position must be a whole number in [0, 2^48), not ${position}`)
  }
  if (!(Number.isInteger(epoch) && epoch >= 0 && epoch < epochLimit)) {
    throw new RangeError(`a row's epoch must be a whole number in [0, 2^16), not ${epoch}`)
  }
  return ((BigInt(epoch) << positionBits) + BigInt(position)).toString()
}

export function parseVersion(text: string): Pick<RowVersion, 'epoch' | 'position'> {
  const version = BigInt(text)
  return { epoch: Number(version >> positionBits), position: Number(version & ((1n << positionBits) - 1n)) }
}

export const isOlderVersion = (row: RowVersion, than: RowVersion): boolean =>
  row.epoch === than.epoch ? row.position < than.position : row.epoch < than.epoch
