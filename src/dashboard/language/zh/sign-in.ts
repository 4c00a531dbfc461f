import type { SignInWords } from '../catalogue/sign-in.ts'

export const signInWords: SignInWords = {
  signIn: {
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
