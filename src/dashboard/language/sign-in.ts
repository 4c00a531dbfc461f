import type { Role } from '../../protocol/session.ts'
import type { Language } from '../state/address.ts'

type SignInWords = {
  readonly title: string
  readonly token: string
  readonly tokenNote: string
  readonly submit: string
  readonly issuer: string
  readonly or: string
  readonly signOut: string
  readonly role: Readonly<Record<Role, string>>
  /** By the last word of a problem. */
  readonly problems: ReadonlyMap<string, string>
  readonly otherProblem: string
}

/** What is said where people sign in and out. */
export const signInWords: Readonly<Record<Language, SignInWords>> = {
  en: {
    title: 'Sign in',
    token: 'Token',
    tokenNote: 'Whoever runs Stagewatch here gives you one (stagewatch token).',
    submit: 'Sign in with the token',
    issuer: 'Sign in with your organisation',
    or: 'or',
    signOut: 'Sign out',
    role: { viewer: 'viewer', responder: 'responder', steward: 'steward', approver: 'approver', admin: 'admin' },
    problems: new Map([
      ['not-signed-in', 'That does not count here. Check it, and try again.'],
      ['not-allowed', 'You are known, but have no role here. Ask whoever runs Stagewatch for one.'],
      ['too-many-sign-ins', 'Too many attempts came from your address. Try again in a minute.'],
      ['sign-in-unavailable', 'Your organisation’s sign-in does not answer. Try again in a minute, or use a token.'],
    ]),
    otherProblem: 'The server did not answer as it should. Try again.',
  },
  zh: {
    title: '登录',
    token: '令牌',
    tokenNote: '请向此处 Stagewatch 的运维人员索取（stagewatch token）。',
    submit: '使用令牌登录',
    issuer: '使用组织账号登录',
    or: '或',
    signOut: '退出登录',
    role: { viewer: '查看者', responder: '处理人', steward: '管理员', approver: '审批人', admin: '系统管理员' },
    problems: new Map([
      ['not-signed-in', '登录未被接受。请检查后重试。'],
      ['not-allowed', '身份已确认，但您在此没有角色。请向 Stagewatch 的运维人员申请。'],
      ['too-many-sign-ins', '来自您所在地址的尝试过多。请一分钟后重试。'],
      ['sign-in-unavailable', '组织的登录服务没有响应。请一分钟后重试，或使用令牌。'],
    ]),
    otherProblem: '服务器没有正常响应。请重试。',
  },
}
