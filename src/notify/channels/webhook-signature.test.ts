import { expect, test } from 'vitest'
import { keyOf, signatureOf } from './webhook-signature.ts'

test('a signature is the one that receivers with a library of Standard Webhooks expect', () => {
  // The known answer that the libraries of the specification are tested with.
  const key = keyOf('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
  const signature = signatureOf(
    key as Buffer,
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    1_614_265_330,
    Buffer.from('{"test": 2432232314}'),
  )
  expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
})

test.each([
  ['without its prefix', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
  ['that is not base64', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa-_'],
  ['that is too short', `whsec_${Buffer.alloc(23).toString('base64')}`],
  ['that is too long', `whsec_${Buffer.alloc(65).toString('base64')}`],
  ['that is empty', 'whsec_'],
])('a secret %s is none', (_what, secret) => {
  expect(keyOf(secret)).toBeUndefined()
})

test('keys of 24 to 64 bytes are taken', () => {
  for (const bytes of [24, 32, 64]) {
    expect(keyOf(`whsec_${Buffer.alloc(bytes, 7).toString('base64')}`)).toEqual(Buffer.alloc(bytes, 7))
  }
})
