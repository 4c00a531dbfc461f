import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Certificate = { readonly cert: string; readonly key: string }

/**
 * Certificates for a test: an authority of its own, a server on 127.0.0.1, and a client by its name. PEM texts.
 *
 * @throws Error where `openssl` is missing.
 */
export function newCertificates(client: string): { ca: string; server: Certificate; client: Certificate } {
  const folder = mkdtempSync(join(tmpdir(), 'stagewatch-certificates-'))
  const openssl = (...words: string[]) => execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' })
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc']
  const signed = (name: string, subject: string): Certificate => {
    openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${subject}`)
    const authority = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial']
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      ...authority,
      '-extfile',
      'names',
      '-days',
      '2',
      '-out',
      `${name}.pem`,
    )
    return { cert: read(`${name}.pem`), key: read(`${name}.key`) }
  }
  try {
    writeFileSync(join(folder, 'names'), 'subjectAltName=IP:127.0.0.1\n')
    openssl(
      'req',
      '-x509',
      ...newKey,
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-days',
      '2',
      '-subj',
      '/CN=Test authority',
    )
    return { ca: read('ca.pem'), server: signed('server', 'server'), client: signed('client', client) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
