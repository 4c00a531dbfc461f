import { createTransport, type Transporter } from 'nodemailer'
import { type DurationMs, formatDuration } from '../../event/duration.ts'
import type { OutboxMessage } from '../../journal/outbox.ts'
import { type Receiver, type SendOutcome, unreadable, type Write } from '../receiver.ts'
import type { Rate } from '../send-rate.ts'

/** The server that mails are handed to. */
export type MailServer = {
  readonly host: string
  readonly port: number
  /** `implicit`: from the first byte on; `required`: after STARTTLS, or nothing is sent; `none`: everybody on the way can read it. */
  readonly tls: 'implicit' | 'required' | 'none'
  readonly user: string | undefined
  readonly password: string | undefined
  /** Of whom mails come: an address, or a name with one in angle brackets. */
  readonly from: string
}

/** What a mail says; `episodes` name the threads that it belongs to. */
export type WrittenMail = {
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly episodes: readonly string[]
}

export type EmailOptions = {
  readonly server: MailServer
  readonly to: readonly string[]
  readonly write: Write<WrittenMail>
  readonly rates: readonly Rate[]
  readonly timeLimitMs: DurationMs
}

/**
 * People by mail. All mails on one episode refer to one id that no mail has, so that programs show them as one thread whichever
 * of them comes first; the id of a mail is that of its message, so that a repeat can be known.
 */
export function email(options: EmailOptions): Receiver {
  const { server, to, rates } = options
  const send = (messages: readonly OutboxMessage[], signal: AbortSignal) => sendMail(options, messages, signal)
  return {
    kind: 'email',
    // A server takes so many mails, whoever they are for; but only those for the same people can be told together.
    target: `${server.host}:${server.port} ${[...to].sort().join(',')}`,
    rates,
    send: (message, signal) => send([message], signal),
    sendTogether: send,
  }
}

async function sendMail(
  { server, to, write, timeLimitMs }: EmailOptions,
  messages: readonly OutboxMessage[],
  signal: AbortSignal,
): Promise<SendOutcome> {
  const mail = write(messages)
  if (mail === undefined) return unreadable
  const domain = domainOf(server.from)
  const references = mail.episodes.map(episode => `<alert.${episode}@${domain}>`)
  const transport = transportTo(server, timeLimitMs)
  try {
    const sent = await within(timeLimitMs, signal, () =>
      transport.sendMail({
        from: server.from,
        to: [...to],
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
        messageId: `<${messages
          .map(({ id }) => id)
          .join('.')
          .slice(0, 200)}@${domain}>`,
        ...(references[0] !== undefined && { inReplyTo: references[0], references }),
        // No answer of a machine that is on holiday.
        headers: { 'Auto-Submitted': 'auto-generated' },
        disableFileAccess: true,
        disableUrlAccess: true,
      }),
    )
    const rejected = (sent.rejected ?? []).map(String).join(', ')
    if (rejected === '') return { kind: 'acknowledged' }
    const problem = `the server takes no mail for ${rejected}; the others have it`
    return { kind: 'refused', problem, ofReceiver: true }
  } catch (error) {
    return outcomeOf(error as SmtpError)
  } finally {
    transport.close()
  }
}

function transportTo({ host, port, tls, user, password }: MailServer, timeLimitMs: DurationMs): Transporter {
  return createTransport({
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'required',
    ignoreTLS: tls === 'none',
    ...(user !== undefined && { auth: { user, pass: password ?? '' } }),
    connectionTimeout: timeLimitMs,
    greetingTimeout: timeLimitMs,
    socketTimeout: timeLimitMs,
  })
}

/** @throws where it takes longer, or the signal comes first. */
async function within<Result>(ms: DurationMs, signal: AbortSignal, act: () => Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  let stop: (() => void) | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${formatDuration(ms)}`)), ms)
    stop = () => reject(new Error('the program stops'))
    signal.addEventListener('abort', stop)
  })
  try {
    return await Promise.race([act(), late])
  } finally {
    clearTimeout(timer)
    if (stop !== undefined) signal.removeEventListener('abort', stop)
  }
}

type SmtpError = Error & { readonly responseCode?: number; readonly code?: string }

/** What a server has against the mail itself: too large, or its contents. Addresses and credentials can be mended. */
const refusals = new Set([552, 554])

function outcomeOf({ message, responseCode, code }: SmtpError): SendOutcome {
  const problem = message.replace(/\s+/g, ' ').slice(0, 300)
  if (responseCode !== undefined && refusals.has(responseCode)) return { kind: 'refused', problem }
  const remedy =
    code === 'EAUTH'
      ? '; correct user and password of notify.email'
      : code === 'EENVELOPE'
        ? '; correct the address of the contact point, or "from" of notify.email'
        : ''
  return { kind: 'failed', problem: `${problem}${remedy}` }
}

const domainOf = (from: string): string => /@([^\s@<>]+)>?\s*$/.exec(from)?.[1] ?? 'localhost'
