import * as z from 'zod'
import { mapping, noted } from '../../model/shapes.ts'

const pem = noted(
  z.string().includes('-----BEGIN '),
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is what the user writes
  'a PEM text, e.g. ${file:ca.pem}',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is what the user writes
  'PEM 文本，例如 ${file:ca.pem}',
)

/** Certificates of one's own for TLS: who signed the other side's, and what shows who we are. */
export const certificates = mapping({ ca: pem.optional(), cert: pem.optional(), key: pem.optional() })

export type Certificates = { readonly ca?: string; readonly cert?: string; readonly key?: string }

/** The same, without the keys that were left out. */
export const givenOf = ({ ca, cert, key }: z.output<typeof certificates>): Certificates => ({
  ...(ca !== undefined && { ca }),
  ...(cert !== undefined && { cert }),
  ...(key !== undefined && { key }),
})
