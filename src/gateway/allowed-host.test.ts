import { expect, test } from 'vitest'
import { isAllowedHost, isAllowedOrigin } from './allowed-host.ts'

test('a server on loopback answers loopback names only', () => {
  for (const host of ['127.0.0.1:8080', 'localhost:8080', '[::1]:8080', 'LOCALHOST', '127.9.9.9']) {
    expect(isAllowedHost('127.0.0.1', host), host).toBe(true)
  }
  for (const host of ['evil.example:8080', '10.0.0.1', '127.0.0.1.evil.example', undefined, '', 'a b']) {
    expect(isAllowedHost('127.0.0.1', host), String(host)).toBe(false)
  }
})

test('a server on another address answers whatever name it is reached by', () => {
  expect(isAllowedHost('0.0.0.0', 'stagewatch.example:8080')).toBe(true)
})

test('a browser may open a stream from the page of the same host and port only', () => {
  expect(isAllowedOrigin('http://127.0.0.1:8080', '127.0.0.1:8080')).toBe(true)
  expect(isAllowedOrigin('https://ops.example', 'ops.example')).toBe(true)
  for (const origin of ['http://127.0.0.1:9090', 'http://evil.example', 'null', '', 'file://']) {
    expect(isAllowedOrigin(origin, '127.0.0.1:8080'), origin).toBe(false)
  }
})

test('a program without an Origin header may open a stream', () => {
  expect(isAllowedOrigin(undefined, '127.0.0.1:8080')).toBe(true)
})
