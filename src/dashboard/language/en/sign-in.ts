import type { SignInWords } from '../catalogue/sign-in.ts'

export const signInWords: SignInWords = {
  signIn: {
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
}
