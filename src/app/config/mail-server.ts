import * as z from 'zod'
import type { Report } from '../../model/problem.ts'
import { choice, mapping, noted, text, wholeNumber } from '../../model/shapes.ts'
import type { YamlFile } from '../../model/yaml-file.ts'
import type { MailServer } from '../../notify/channels/email.ts'

const sender = noted(
  z.string().regex(/^([^\s@<>,;]+@[^\s@<>,;]+|[^<>\r\n]* <[^\s@<>,;]+@[^\s@<>,;]+>)$/),
  'a mail address, or a name and an address: Stagewatch <stagewatch@example.com>',
  '邮件地址，或名称加地址：Stagewatch <stagewatch@example.com>',
)

export const mailServerSlice = mapping({
  host: text,
  port: wholeNumber(1, 65_535).optional(),
  tls: choice(['required', 'implicit', 'none']).default('required'),
  user: text.optional(),
  password: text.optional(),
  from: sender,
})

/** The port that each kind of TLS is offered on: submission, submissions, and that between servers. */
const ports = { required: 587, implicit: 465, none: 25 } as const

export function checkMailServer(slice: z.output<typeof mailServerSlice>, file: YamlFile, report: Report): MailServer {
  const { host, tls, user, password, from, port = ports[tls] } = slice
  if ((user === undefined) !== (password === undefined)) {
    report(
      file.valueAt(['notify', 'email']),
      { en: '"user" and "password" of "email" belong together', zh: '"email" 的 "user" 与 "password" 须同时给出' },
      { remedy: { en: 'give both or neither', zh: '请同时写上或同时省略' } },
    )
  }
  if (tls === 'none' && password !== undefined) {
    report(
      file.valueAt(['notify', 'email', 'tls']),
      {
        en: 'with "tls" none everybody on the way to the mail server could read the password',
        zh: '"tls" 为 none 时，途中任何人都能读到邮件服务器的密码',
      },
      { remedy: { en: 'use required or implicit', zh: '请使用 required 或 implicit' } },
    )
  }
  return { host, port, tls, user, password, from }
}
