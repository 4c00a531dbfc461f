/**
 * What a property is run with to replay one that failed: fast-check prints seed and path.
 *
 *     FC_SEED=-1234 FC_PATH=17:0:2 npx vitest run test/model/generated-histories-one.test.ts
 *
 * With the path only the smallest history that failed is run, without it all of them again.
 */
export const replayed: { readonly seed?: number; readonly path?: string } = {
  ...(process.env.FC_SEED !== undefined && { seed: Number(process.env.FC_SEED) }),
  ...(process.env.FC_PATH !== undefined && { path: process.env.FC_PATH }),
}
