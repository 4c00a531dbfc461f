import { createHash } from 'node:crypto'
import type { AlertTransition } from '../../src/alerts/transition.ts'
import type { EngineWorld } from '../../src/engine/world.ts'
import type { PaneRow, ShardOutput } from '../../src/shard/output.ts'
import type { PartitionKey } from '../../src/source/source.ts'
import type { Writer } from '../../src/store/writing/writer.ts'
import { OLDEST_AGE_MS } from './history-scene.ts'
import { Server, type StoredRow } from './server.ts'
import type { Changes } from './simulate.ts'
import { machineNow } from './timers.ts'

/*
 * Mistakes that programs of this kind make, each put into the world around the program: what the program is told, or what
 * becomes of what it says. The program itself stays as it is.
 */

/** A simulation changes nothing of one seed that the next one would see, so each seed gets a mistake of its own. */
export const mistakes: Readonly<Record<string, () => Changes>> = {
  'offsets are saved before the store has their rows': () => ({
    storeOf: writer => ({ ...functionsOf(writer), unacknowledged: () => nothing }),
  }),

  'rows of several topics leave before a state is saved': () => {
    let store: Pick<Writer, 'write'> | undefined
    return {
      storeOf: writer => {
        store = writer
        return writer
      },
      worldAround: world => ({ ...world, write: output => store?.write(output) }),
    }
  },

  'rows say what was added, not what is': () => ({
    newServer: (...parts) => new AddingServer(...parts),
    worldAround: world => {
      const before = new Map<string, PaneRow>()
      return withRows(world, output => ({ ...output, panes: output.panes.map(row => addedSince(before, row)) }))
    },
  }),

  'versions of rows come from the clock': () => ({
    worldAround: (world, _engine, { wallClock }) => {
      const stamped = <Row extends { readonly position: number }>(row: Row) => ({ ...row, position: wallClock() })
      return withRows(world, output => ({
        ...output,
        visits: output.visits.map(stamped),
        panes: output.panes.map(stamped),
      }))
    },
  }),

  'the offset is kept apart from the state': () => {
    const committed = new Map<PartitionKey, number>()
    return {
      seen: (record, key) => {
        committed.set(key, record.offset + 1)
        return record
      },
      beginAt: (key, said) => committed.get(key) ?? said ?? 0,
    }
  },

  'alerts get their ids at random': () => ({
    worldAround: (world, _engine, { chance }) => {
      const ids = new Map<string, string>()
      const renamed = (transition: AlertTransition): AlertTransition => {
        const id = ids.get(transition.id) ?? chance.below(2 ** 32).toString(16)
        ids.set(transition.id, id)
        return { ...transition, id }
      }
      return withTransitions(world, transitions => transitions.map(renamed))
    },
  }),

  'a message is marked before it is sent': () => ({
    deliver: async (_message, send, settle) => {
      await settle()
      await send()
    },
  }),

  'the fold asks the wall clock whether an event is late': () => ({
    seen: (record, _key, { wallClock }) => {
      const at = timeOf(record.value)
      const isLate = at !== undefined && wallClock() - at > OLDEST_AGE_MS + PATIENCE_MS
      return isLate ? { ...record, value: null } : record
    },
  }),

  'a snapshot is read without being verified': () => ({ readSnapshot: withMatchingChecksum }),

  'a thread saves states before the evaluator has them': () => ({
    carryAround: carry => (message, arrive) => carry(withoutWait(message), arrive),
  }),

  'messages between threads overtake each other': () => ({
    carryAround:
      (_carry, { chance }) =>
      (message, arrive) => {
        const machine = machineNow()
        machine.after(chance.delay(10), machine.current, () => arrive(message))
      },
  }),

  'transitions are told before they are durable': () => ({
    worldAround: world => ({
      ...world,
      record: async (process, at, transitions, state, hours) => {
        world.publish(process, transitions)
        await world.record(process, at, transitions, state, hours)
      },
      publish: () => {},
    }),
  }),

  'shards are saved without the state of the evaluator': () => ({
    worldAround: world => ({
      ...world,
      record: async (process, at, transitions, state, hours) => {
        if (transitions.length > 0) await world.record(process, at, transitions, state, hours)
      },
    }),
  }),

  'the evaluator forgets after a restart how far it had seen': () => ({
    worldAround: (world, engine) => {
      const seenNow = () =>
        Object.fromEntries(
          engine.partitions.map(({ id, shard, topic }) => [`${id.topic}:${id.partition}`, shard.nextOffsetOf(topic)]),
        )
      return {
        ...world,
        record: (process, at, transitions, state, hours) =>
          world.record(process, at, transitions, { ...state, offsets: seenNow() }, hours),
      }
    },
  }),
}

/** An undisturbed run has read everything within this time. */
const PATIENCE_MS = 500

const nothing: ShardOutput = { visits: [], panes: [], measurePanes: [], deadLetters: [], records: [], settled: [] }

const functionsOf = (writer: Writer) => ({
  write: writer.write.bind(writer),
  writeThrough: writer.writeThrough.bind(writer),
  isFull: writer.isFull.bind(writer),
  health: writer.health.bind(writer),
  unacknowledged: writer.unacknowledged.bind(writer),
  supersede: writer.supersede.bind(writer),
})

const withRows = (world: EngineWorld, change: (output: ShardOutput) => ShardOutput): EngineWorld => ({
  ...world,
  write: output => world.write(change(output)),
})

function withTransitions(
  world: EngineWorld,
  change: (transitions: readonly AlertTransition[]) => readonly AlertTransition[],
): EngineWorld {
  return {
    ...world,
    record: (process, at, transitions, state, hours) => world.record(process, at, change(transitions), state, hours),
    publish: (process, transitions) => world.publish(process, change(transitions)),
  }
}

const added = ['entered', 'exited', 'abandoned', 'expired', 'reworked', 'breached', 'sumMs'] as const

/** The row as the difference to the one before it of the same pane. */
function addedSince(before: Map<string, PaneRow>, row: PaneRow): PaneRow {
  const key = JSON.stringify([row.partition, row.stage, row.total, row.segment, row.start])
  const former = before.get(key)
  before.set(key, row)
  if (former === undefined) return row
  return { ...row, ...Object.fromEntries(added.map(name => [name, row[name] - former[name]])) }
}

const addedColumns = ['entered', 'exited', 'abandoned', 'expired', 'reworked', 'breached', 'sum_ms'] as const

class AddingServer extends Server {
  protected override put(table: string, row: StoredRow): void {
    const former = table === 'panes' ? this.rowLike(table, row) : undefined
    const sums = addedColumns.map(name => [name, ((former?.[name] ?? 0) as number) + (row[name] as number)])
    super.put(table, former === undefined ? row : { ...row, ...Object.fromEntries(sums) })
  }
}

/** A fold says up to which steps the evaluator has to be: up to none. */
function withoutWait(message: unknown): unknown {
  const { kind, message: told } = message as { kind: string; message: { kind: string; message: { kind: string } } }
  if (kind !== 'message' || told.kind !== 'fold' || told.message.kind !== 'saving') return message
  return { kind, message: { ...told, message: { ...told.message, upTo: new Map() } } }
}

function timeOf(value: Uint8Array | null): number | undefined {
  try {
    const { at } = JSON.parse(Buffer.from(value ?? []).toString()) as { at?: unknown }
    return typeof at === 'number' ? at : undefined
  } catch {
    return undefined
  }
}

/** Puts the length and the checksum of whatever stands in a snapshot's body into its header. */
function withMatchingChecksum(bytes: Buffer): Buffer {
  if (bytes.length < HEADER_BYTES) return bytes
  const body = bytes.subarray(HEADER_BYTES)
  const header = Buffer.from(bytes.subarray(0, HEADER_BYTES))
  header.writeBigUInt64LE(BigInt(body.length), 12)
  createHash('sha256').update(body).digest().copy(header, 20)
  return Buffer.concat([header, body])
}

const HEADER_BYTES = 52
