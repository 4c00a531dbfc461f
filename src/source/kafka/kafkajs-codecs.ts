/**
 * Compression: what kafkajs brings for gzip, and packages for snappy, lz4 and zstd, loaded by the first batch that needs one.
 *
 * Registered with kafkajs, so that its own decoder has them, too. They decompress in the main thread: what they take is a
 * fraction of what the records cost, and the threads of the pool may all be waiting for the store.
 */
import kafkajs from 'kafkajs'
import { KafkaProblem } from './failure.ts'

type Codec = { readonly decompress: (bytes: Buffer) => Promise<Uint8Array> }

/** By Kafka's numbers; it has no others. */
const codecs = kafkajs.CompressionCodecs as Record<number, () => Codec>

/**
 * The records of a batch, decompressed.
 *
 * @param codec as Kafka numbers them, not 0.
 * @throws KafkaProblem where it is not known, or the bytes make no sense to it.
 */
export async function decompress(codec: number, bytes: Buffer): Promise<Uint8Array> {
  const found = codecs[codec]
  if (found === undefined) {
    throw new KafkaProblem({
      reason: `records are compressed in a way that is not known (number ${codec})`,
      remedy: useAnother,
      retrying: false,
    })
  }
  return await found().decompress(bytes)
}

const useAnother = 'set compression.type of the topic or of its producers to gzip, snappy, lz4, zstd or none'

/** @param load what it takes to decompress, the first time. */
export function newCodec(
  name: string,
  load: () => Promise<(bytes: Buffer) => Uint8Array | Promise<Uint8Array>>,
): Codec {
  let loaded: ReturnType<typeof load> | undefined
  return {
    decompress: async bytes => {
      loaded ??= load()
      const read = await loaded.catch(cause => {
        throw new KafkaProblem({
          reason: `records are compressed with ${name}, and what reads that cannot be loaded: ${firstLine(cause)}`,
          remedy: `install Stagewatch anew on this machine (npm ci), with its optional packages; or ${useAnother}`,
          retrying: false,
        })
      })
      try {
        return await read(bytes)
      } catch (cause) {
        throw new KafkaProblem({
          reason: `records compressed with ${name} are damaged: ${firstLine(cause)}`,
          remedy: 'check the disks of the broker; its replicas may hold the batch undamaged',
          retrying: true,
        })
      }
    },
  }
}

const firstLine = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).split('\n', 1)[0] as string

/** What Java's snappy puts in front: this, then two numbers of a version; then each block comes behind its length. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const XERIAL_HEADER_BYTES = 16

/** @param uncompress of one block. */
export function readSnappy(bytes: Buffer, uncompress: (block: Buffer) => Uint8Array): Uint8Array {
  if (!bytes.subarray(0, XERIAL.length).equals(XERIAL)) return uncompress(bytes)
  const blocks: Uint8Array[] = []
  for (let at = XERIAL_HEADER_BYTES; at < bytes.length; ) {
    const from = at + 4
    const to = from + bytes.readInt32BE(at)
    if (to < from || to > bytes.length) throw new Error('a block reaches beyond the end')
    blocks.push(uncompress(bytes.subarray(from, to)))
    at = to
  }
  return blocks.length === 1 ? (blocks[0] as Uint8Array) : Buffer.concat(blocks)
}

const { CompressionTypes } = kafkajs
const gzip = codecs[CompressionTypes.GZIP]?.() as Codec
const ours: readonly (readonly [number, Codec])[] = [
  [CompressionTypes.GZIP, newCodec('gzip', async () => gzip.decompress)],
  [
    CompressionTypes.Snappy,
    newCodec('snappy', async () => {
      const { default: snappy } = await import('snappy')
      return bytes => readSnappy(bytes, block => snappy.uncompressSync(block) as Buffer)
    }),
  ],
  [CompressionTypes.LZ4, newCodec('lz4', async () => (await import('lz4-napi')).default.decompressFrameSync)],
  [CompressionTypes.ZSTD, newCodec('zstd', async () => (await import('fzstd')).decompress)],
]
for (const [type, codec] of ours) codecs[type] = () => codec
