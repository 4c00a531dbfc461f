import { ProblemError } from '../problem-error.ts'

/** @param isWrong whether something was shown that does not count; otherwise nothing was. */
export const notSignedIn = (detail: string, isWrong = false): ProblemError =>
  new ProblemError(
    'not-signed-in',
    detail,
    'sign in on the page, or send a token as `Authorization: Bearer …`; commands take it from STAGEWATCH_TOKEN',
    undefined,
    { 'www-authenticate': `Bearer realm="Stagewatch"${isWrong ? ', error="invalid_token"' : ''}` },
  )

export const withoutRole = (name: string): ProblemError =>
  new ProblemError(
    'not-allowed',
    `${name} has no role here`,
    'ask whoever runs this for a group or claim that http.sign_in.oidc.roles maps to a role',
  )

export const issuerAway = (cause: Error): ProblemError =>
  new ProblemError(
    'sign-in-unavailable',
    `the issuer that people sign in at cannot be asked: ${cause.message}`,
    'try again in a minute; tokens of the configuration, and whoever is signed in, are not concerned',
    cause,
  )
