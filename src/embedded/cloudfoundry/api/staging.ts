import { json } from '../../serving/reply.js';
import { CloudFoundryError, notFound, unprocessable } from '../errors.js';
import type { App, Build, Droplet, Package } from '../model.js';
import { appOf } from './apps.js';
import { applyMetadata, bodyOf, type Exchange, type Handler, listed, required } from './exchange.js';
import { presenter } from './places.js';

/** From bits or an image to a droplet that an app can run. */
export const staging: Readonly<Record<string, Handler>> = {
  'GET /v3/packages': exchange =>
    listed(
      exchange,
      exchange.database.packages.values(),
      { app_guids: ({ app }) => app, states: ({ state }) => state },
      presenter(exchange).package,
    ),
  'POST /v3/packages': createPackage,
  'GET /v3/packages/*': exchange => json(200, presenter(exchange).package(packageOf(exchange))),
  'POST /v3/packages/*/upload': upload,
  // Nothing is kept of earlier uploads, so none of these files need not be sent.
  'POST /v3/resource_matches': exchange => {
    if (!Array.isArray(bodyOf(exchange).resources)) throw unprocessable('Resources must be an array');
    return json(201, { resources: [] });
  },
  'GET /v3/builds/*': exchange => {
    const build = required(exchange.database.builds, exchange.parts[0], () => notFound('Build'));
    return json(200, presenter(exchange).build(build));
  },
  'POST /v3/builds': createBuild,
  'GET /v3/droplets': exchange =>
    listed(
      exchange,
      exchange.database.droplets.values(),
      { app_guids: ({ app }) => app, states: ({ state }) => state },
      presenter(exchange).droplet,
    ),
  'GET /v3/droplets/*': exchange => {
    const droplet = required(exchange.database.droplets, exchange.parts[0], () => notFound('Droplet'));
    return json(200, presenter(exchange).droplet(droplet));
  },
  'POST /v3/droplets': copyDroplet,
  'GET /v3/packages/*/droplets': exchange => {
    const { guid } = packageOf(exchange);
    const own = [...exchange.database.droplets.values()].filter(one => one.package === guid);
    return listed(exchange, own, { states: ({ state }) => state }, presenter(exchange).droplet);
  },
  'GET /v3/apps/*/packages': exchange => {
    const { guid } = appOf(exchange);
    const own = [...exchange.database.packages.values()].filter(({ app }) => app === guid);
    return listed(
      exchange,
      own,
      { states: ({ state }) => state, types: ({ type }) => type },
      presenter(exchange).package,
    );
  },
  'GET /v3/apps/*/droplets': exchange => {
    const { guid } = appOf(exchange);
    const own = [...exchange.database.droplets.values()].filter(({ app }) => app === guid);
    return listed(exchange, own, { states: ({ state }) => state }, presenter(exchange).droplet);
  },
  'GET /v3/apps/*/droplets/current': exchange => {
    const droplet = required(exchange.database.droplets, appOf(exchange).droplet, () => notFound('Droplet'));
    return json(200, presenter(exchange).droplet(droplet));
  },
  'GET /v3/apps/*/relationships/current_droplet': exchange => {
    const { droplet } = appOf(exchange);
    if (!droplet) throw notFound('Droplet');
    return json(200, currentDroplet(exchange, droplet));
  },
  'PATCH /v3/apps/*/relationships/current_droplet': assignDroplet,
};

function createPackage(exchange: Exchange) {
  const body = bodyOf(exchange);
  const app = body.relationships?.app?.data?.guid;
  const { database } = exchange;
  required(database.apps, app, () => unprocessable('App is invalid. Ensure it exists and you have access to it.'));
  const isDocker = body.type === 'docker';
  if (isDocker && !body.data?.image) throw unprocessable("Data Image required. Image can't be blank");
  const made = database.add<Package>(database.packages, {
    app,
    type: isDocker ? 'docker' : 'bits',
    state: isDocker ? 'READY' : 'AWAITING_UPLOAD',
    image: body.data?.image,
    username: body.data?.username,
    size: 0,
    error: null,
  });
  applyMetadata(made, body);
  return json(201, presenter(exchange).package(made));
}

function upload(exchange: Exchange) {
  const made = packageOf(exchange);
  if (made.type !== 'bits') throw unprocessable('Package type must be bits.');
  if (made.state !== 'AWAITING_UPLOAD') {
    throw new CloudFoundryError(
      400,
      150004,
      'PackageBitsAlreadyUploaded',
      'Bits may be uploaded only once. Create a new package to upload different bits.',
    );
  }
  if (!exchange.contentType.startsWith('multipart/form-data'))
    throw unprocessable('Upload must include either resources or bits');
  made.state = 'PROCESSING_UPLOAD';
  made.size = exchange.text.length;
  exchange.context.timers.after(exchange.context.timing.upload, () => {
    made.state = 'READY';
    exchange.database.touch(made);
  });
  return json(200, presenter(exchange).package(made));
}

function createBuild(exchange: Exchange) {
  const { context, database } = exchange;
  const given = bodyOf(exchange).package?.guid;
  const made = required(database.packages, given, () =>
    unprocessable('Unable to use package. Ensure that the package exists and you have access to it.'),
  );
  if (made.state !== 'READY') throw unprocessable('Cannot stage package whose state is not ready.');
  const isBusy = [...database.builds.values()].some(({ app, state }) => app === made.app && state === 'STAGING');
  if (isBusy)
    throw new CloudFoundryError(
      422,
      170017,
      'StagingInProgress',
      'Only one build can be STAGING at a time per application.',
    );
  const build = database.add<Build>(database.builds, {
    app: made.app,
    package: made.guid,
    state: 'STAGING',
    droplet: undefined,
    error: null,
  });
  context.timers.after(context.timing.staging, () => finishBuild(exchange, build, made));
  return json(201, presenter(exchange).build(build));
}

function finishBuild({ context, database }: Exchange, build: Build, made: Package): void {
  const app = database.apps.get(build.app);
  if (app && context.behaviour(app, undefined).staging === 'fails') {
    build.state = 'FAILED';
    build.error = 'BuildpackCompileFailed - App staging failed in the buildpack compile phase';
  } else {
    const fields = {
      app: build.app,
      lifecycle: made.type === 'docker' ? ('docker' as const) : ('buildpack' as const),
      image: made.image ?? null,
      package: made.guid,
    };
    build.droplet = database.add<Droplet>(database.droplets, { state: 'STAGED', ...fields }).guid;
    build.state = 'STAGED';
  }
  database.touch(build);
}

/** The same droplet for another app, without staging again. */
function copyDroplet(exchange: Exchange) {
  const { context, database, query } = exchange;
  const body = bodyOf(exchange);
  const source = required(database.droplets, query.get('source_guid') ?? '', () => notFound('Droplet'));
  const app = body.relationships?.app?.data?.guid;
  required(database.apps, app, () =>
    unprocessable(`App with guid "${app}" does not exist, or you do not have access to it.`),
  );
  const { lifecycle, image, package: made } = source;
  const copy = database.add<Droplet>(database.droplets, { app, state: 'COPYING', lifecycle, image, package: made });
  context.timers.after(context.timing.copying, () => {
    copy.state = 'STAGED';
    database.touch(copy);
  });
  return json(201, presenter(exchange).droplet(copy));
}

function assignDroplet(exchange: Exchange) {
  const { context, database, diego } = exchange;
  const app: App = appOf(exchange);
  const given = bodyOf(exchange).data?.guid;
  const droplet = database.droplets.get(given);
  if (!droplet || droplet.app !== app.guid || droplet.state !== 'STAGED') {
    throw unprocessable('Unable to assign current droplet. Ensure the droplet exists and belongs to this app.');
  }
  app.droplet = droplet.guid;
  // Korifi restarts at once what it is given.
  if (context.isKorifi && app.state === 'STARTED') diego.restart(app);
  return json(200, currentDroplet(exchange, droplet.guid));
}

function currentDroplet({ base, parts }: Exchange, guid: string) {
  const app = `${base}/v3/apps/${parts[0]}`;
  const links = {
    self: { href: `${app}/relationships/current_droplet` },
    related: { href: `${app}/droplets/current` },
  };
  return { data: { guid }, links };
}

function packageOf({ database, parts }: Exchange): Package {
  return required(database.packages, parts[0], () => notFound('Package'));
}
