import kafkajs from 'kafkajs'
import { expect, test } from 'vitest'
import { decompress, newCodec, readSnappy } from './kafkajs-codecs.ts'

// What brokers and Java's producers write is read in test/kafka/compression.test.ts.

const { CompressionTypes } = kafkajs

test('snappy without the framing of Java, as other producers write it, is read', async () => {
  const { default: snappy } = await import('snappy')
  const text = Buffer.from('picked packed '.repeat(1_000))
  const read = await decompress(CompressionTypes.Snappy, snappy.compressSync(text))
  expect(Buffer.from(read)).toEqual(text)
})

test('blocks of snappy that reach beyond the end, or before it, are an error', () => {
  const header = Buffer.concat([Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]), Buffer.alloc(8)])
  const block = (length: number) =>
    Buffer.concat([header, Buffer.from([0xff * Number(length < 0), 0, 0, length & 0xff, 1, 2, 3])])
  const uncompress = (bytes: Buffer) => bytes
  expect(readSnappy(block(3), uncompress)).toEqual(Buffer.from([1, 2, 3]))
  expect(readSnappy(header, uncompress)).toEqual(Buffer.alloc(0))
  expect(() => readSnappy(block(4), uncompress)).toThrow('a block reaches beyond the end')
  expect(() => readSnappy(block(-5), uncompress)).toThrow('a block reaches beyond the end')
})

test.each([
  ['gzip', CompressionTypes.GZIP],
  ['snappy', CompressionTypes.Snappy],
  ['lz4', CompressionTypes.LZ4],
  ['zstd', CompressionTypes.ZSTD],
])('records compressed with %s that are damaged are reported, and tried again', async (name, type) => {
  await expect(decompress(type, Buffer.from('no such thing'))).rejects.toMatchObject({
    failure: { reason: expect.stringContaining(`records compressed with ${name} are damaged: `), retrying: true },
  })
})

test('a package that cannot be loaded is named with the remedy, and not tried again', async () => {
  const codec = newCodec('snappy', async () => {
    throw new Error('Cannot find native binding.\nnpm has a bug')
  })
  await expect(codec.decompress(Buffer.alloc(1))).rejects.toMatchObject({
    retriable: false,
    failure: {
      reason: 'records are compressed with snappy, and what reads that cannot be loaded: Cannot find native binding.',
      remedy: expect.stringContaining('npm ci'),
      retrying: false,
    },
  })
})

test('what kafkajs reads by itself is decompressed in the same way', async () => {
  for (const type of [
    CompressionTypes.GZIP,
    CompressionTypes.Snappy,
    CompressionTypes.LZ4,
    CompressionTypes.ZSTD,
  ] as const) {
    await expect(kafkajs.CompressionCodecs[type]().decompress(Buffer.from('x'))).rejects.toThrow('are damaged')
  }
})
