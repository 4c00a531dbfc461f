import type { FastifyInstance } from 'fastify'
import { type Access, admit } from './access.ts'
import type { Permission } from './permission.ts'
import type { Visitor } from './visitor.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What it takes to be allowed; a route without it is not added. */
    permission?: Permission
  }
  interface FastifyRequest {
    /** undefined: nobody who is known, where it takes no permission. */
    visitor: Visitor | undefined
  }
}

/** Lets nobody reach a route who may not, before anything of what he sends is read; and no route be added that names no permission. */
export function enforcePermissions(app: FastifyInstance, access: Access): void {
  app.decorateRequest('visitor', undefined)
  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.permission === undefined) throw new Error(`the route ${String(method)} ${url} names no permission`)
  })
  app.addHook('onRequest', async request => {
    const { permission } = request.routeOptions.config
    if (permission !== undefined) request.visitor = await admit(access, request.raw, permission)
    else if (!request.is404) throw new Error(`${request.url} names no permission`)
  })
}
