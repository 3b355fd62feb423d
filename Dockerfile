# The operator. Both stages can stand on any image that has Node 24; only the first needs npm.
ARG BUILD_IMAGE=node:24-slim
ARG RUNTIME_IMAGE=node:24-slim

FROM ${BUILD_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
# npm's configuration (a registry, its token) comes as a secret, which is readable during this command only and is in no
# layer: --secret id=npmrc,src=$HOME/.npmrc. Without that secret npm uses its defaults.
RUN --mount=type=secret,id=npmrc,target=/run/secrets/npmrc \
    NPM_CONFIG_USERCONFIG=/run/secrets/npmrc npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
COPY tsconfig.json ./
COPY src ./src
RUN npm run build

FROM ${RUNTIME_IMAGE}
WORKDIR /app
COPY --from=build /build/dist ./dist
COPY config-templates ./config-templates
# Nothing is written to the root file system, so it may be read-only; any other unprivileged user works as well.
USER 65532:65532
ENV NODE_ENV=production NODE_OPTIONS=--enable-source-maps
EXPOSE 8081
ENTRYPOINT ["node", "dist/main.js"]
