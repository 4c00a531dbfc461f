# Stagewatch as a container image. Not built yet: no container engine was at hand when it was written.
#
#   docker build -t stagewatch .
#   docker build --build-arg NODE_RDKAFKA=true -t stagewatch .      # with the other Kafka client (docs/operations.md)

ARG NODE_RDKAFKA=false

FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build

# The installed libraries without what only development needs; the embedded ClickHouse is fetched by its install script.
FROM node:24-slim AS libraries
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev
ARG NODE_RDKAFKA
COPY deploy/install-node-rdkafka.sh deploy/
RUN if [ "$NODE_RDKAFKA" = true ]; then \
    apt-get update && \
    apt-get install --yes --no-install-recommends build-essential python3 libssl-dev zlib1g-dev libzstd-dev && \
    sh deploy/install-node-rdkafka.sh; fi

FROM node:24-slim
ENV NODE_ENV=production
ARG NODE_RDKAFKA
RUN if [ "$NODE_RDKAFKA" = true ]; then \
    apt-get update && apt-get install --yes --no-install-recommends libssl3 zlib1g libzstd1 && \
    rm -rf /var/lib/apt/lists/*; fi
WORKDIR /app
COPY --from=libraries /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY package.json LICENSE stagewatch.yaml ./
COPY rules rules
# The state lives in a volume that belongs to the user who runs the process, never to root.
RUN mkdir /data && chown node:node /data
VOLUME /data
USER node
EXPOSE 8080
# 200 as long as the process answers; whether it has caught up is what /readyz says, and no reason for a restart.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/livez').then(answer => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--max-semi-space-size=64", "--max-inlined-bytecode-size=1200", "--max-inlined-bytecode-size-cumulative=4000", "dist/app/main.js"]
CMD ["run", "--config", "/etc/stagewatch/stagewatch.yaml"]
