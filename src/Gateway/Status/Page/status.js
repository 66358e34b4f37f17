const HOUR = 3600;
const SILENCE = 5000;     // ms without a report after which the connection counts as dead
const LONGEST_PAUSE = 5000;   // ms between two tries to connect
const WORDS = {
  closed: 'Closed', open: 'Open', half_open: 'Half-open', forced_open: 'Forced open', disabled: 'Disabled', metrics_only: 'Metrics only',
};
const REASONS = {
  failure_threshold: 'too many calls failed', failure_ratio: 'too large a share of the calls failed',
  slow_call_ratio: 'too large a share of the calls was slow',
  wait_over: 'the wait was over', probe_failed: 'the probe failed', probe_timeout: 'the probe did not report in time',
  probes_succeeded: 'the probe succeeded', mode_changed: 'its mode was changed', reset: 'an operator reset it',
};
const HEIGHTS = { closed: 7, half_open: 15, open: 24, forced_open: 24, disabled: 7, metrics_only: 7 };

let report = null;
let past = { stretch: 10, stretches: 90, routes: {}, breakers: {} };
let offset = 0;    // the gateway's clock minus ours: ages are told by the clock that stamped them

// --- the page's own tools: nothing is touched that hasn't changed, so that focus, selection and screen readers stay where they are

const find = (root, selector) => root.querySelector(selector);
const byId = id => document.getElementById(id);
const now = () => Date.now() + offset;

function text(element, value) {
  if (element.textContent !== value) element.textContent = value;
}

function attribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

function fill(root, fields) {
  for (const [name, value] of Object.entries(fields)) text(find(root, `[data-field=${name}]`), value);
}

// Keeps one child for each item, in the order of the items. Items with the same key are told apart by their order.
function list(parent, items, keyOf, make, update) {
  const known = new Map([...parent.children].map(child => [child.dataset.key, child]));
  const seen = new Map();
  items.forEach((item, index) => {
    const same = (seen.get(keyOf(item)) ?? 0) + 1;
    seen.set(keyOf(item), same);
    const key = `${keyOf(item)} #${same}`;
    const child = known.get(key) ?? make();
    known.delete(key);
    child.dataset.key = key;
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
    update(child, item);
  });
  for (const gone of known.values()) gone.remove();
}

const template = id => () => byId(id).content.firstElementChild.cloneNode(true);
const element = name => () => document.createElement(name);

function row(count) {
  const tr = document.createElement('tr');
  for (let i = 0; i < count; i++) tr.append(document.createElement('td'));
  return tr;
}

// --- words and numbers

const clock = at => new Date(at).toLocaleTimeString(undefined, { hourCycle: 'h23' });
const moment = at => now() - at < 12 * HOUR * 1000 ? clock(at) : new Date(at).toLocaleString(undefined, { hourCycle: 'h23' });
const ago = at => `${span(Math.max(0, Math.round((now() - at) / 1000)))} ago`;
const several = (count, noun) => `${count.toLocaleString('en').replaceAll(',', ' ')} ${noun}${count === 1 ? '' : 's'}`;
const spaced = label => label.replaceAll('_', ' ');

function span(seconds) {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 2 * HOUR) return `${Math.floor(seconds / 60)} min`;
  return seconds < 48 * HOUR ? `${Math.floor(seconds / HOUR)} h` : `${Math.floor(seconds / HOUR / 24)} days`;
}

function milliseconds(value) {
  if (value === null || value === undefined) return '–';
  if (value >= 1000) return `${(value / 1000).toFixed(value < 10000 ? 1 : 0)} s`;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

const rate = value => `${value === 0 ? 0 : value < 0.1 ? '<0.1' : value < 10 ? value.toFixed(1) : Math.round(value)}/s`;

function share(value) {
  if (value === null || value === undefined) return '–';
  if (value > 0 && value < 0.001) return '<0.1 %';
  return `${value === 0 || value === 1 ? value * 100 : value < 0.1 ? (value * 100).toFixed(1) : Math.round(value * 100)} %`;
}

function partsOf(aggregation) {
  const parts = aggregation.failedParts.map(part =>
    `${part.step} ${part.recent} ${spaced(part.outcome)}${part.total > part.recent ? ` (${part.total} since the start)` : ''}`);
  return parts.length === 0 ? '' : `failed parts: ${parts.join(', ')}`;
}

function bytes(value) {
  const unit = ['bytes', 'KiB', 'MiB', 'GiB'];
  let step = 0;
  for (; value >= 1024 && step < unit.length - 1; step++) value /= 1024;
  return `${step === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)} ${unit[step]}`;
}

const date = at => new Date(at).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
const tally = ({ recent, total }) => `${recent}${total > recent ? ` (${total} since the start)` : ''}`;

// What a route's or an aggregation's policies came to.
function policiesOf({ policies }) {
  const { retries, cache, compressed } = policies ?? {};
  const judged = cache ? cache.hits + cache.misses + cache.stale : 0;
  return [
    cache ? `cache ${cache.policy}: ${judged === 0 ? 'not asked' : `${share(cache.hits / judged)} hits`}${cache.bypassed > 0 ? `, ${cache.bypassed} passed` : ''}` : '',
    retries ? `tried again by ${retries.policy}: ${tally(retries.calls)}` : '',
    compressed ? `compressed: ${tally(compressed)}` : '',
  ].filter(text => text).join('; ');
}

const staleOf = ({ policies }) => policies?.cache?.stale > 0 ? `${several(policies.cache.stale, 'stale answer')} in place of failures` : '';

function sharedOf(aggregation) {
  const steps = aggregation.sharedCalls.map(({ step, parts }) => `${step} ${tally(parts)}`);
  return steps.length === 0 ? '' : `; shared calls: ${steps.join(', ')}`;
}

const causeOf = failure => failure.status ? `${spaced(failure.cause)} (${failure.status})` : spaced(failure.cause);

// --- circuit breakers

const left = seconds => Math.max(0, seconds - (now() - report.now) / 1000);

function sentence(breaker) {
  switch (breaker.state) {
    case 'closed': return 'Calls pass.';
    case 'open': return `Refuses calls since ${moment(breaker.since)}: ${REASONS[breaker.recentTransitions[0]?.reason]}. Next probe in`;
    case 'half_open': return breaker.probesInFlight > 0
      ? `${several(breaker.probesInFlight, 'probe')} under way; other calls are refused.`
      : 'The wait is over: the next call is the probe.';
    case 'forced_open': return 'Set by an operator: refuses every call.';
    case 'disabled': return 'Set by an operator: every call passes, nothing is counted.';
    default: return 'Set by an operator: every call passes; it only counts what it would have done.';
  }
}

// What an operator may do about it. The page itself changes nothing: whoever reaches it may only look.
function steer(breaker) {
  const command = words => `eventgateway breaker ${breaker.name} ${words} --reason "…"`;
  switch (breaker.state) {
    case 'closed': return [];
    case 'open': case 'half_open': return [['To close it now:', command('reset')], ['To let every call pass for a while:', command('disable --ttl 10m')]];
    default: return breaker.override ? [['To take this back:', command('reset')]] : [['Set in the file:', `CircuitBreakers.${breaker.name}.Mode`]];
  }
}

function showBreaker(card, breaker) {
  const title = find(card, 'h3');
  title.id = `breaker-${report.breakers.indexOf(breaker)}`;
  attribute(card, 'aria-labelledby', title.id);
  attribute(card, 'data-state', breaker.state);
  attribute(find(card, '.badge'), 'data-state', breaker.state);
  const last = breaker.recentFailures[0];
  fill(card, {
    name: breaker.name,
    state: WORDS[breaker.state],
    now: sentence(breaker),
    failureCount: breaker.recentFailures.length === 0 ? 'none' : String(breaker.recentFailures.length),
    transitionCount: breaker.recentTransitions.length === 0 ? 'none' : String(breaker.recentTransitions.length),
    failures: breaker.failures === 0 && ['open', 'half_open'].includes(breaker.state)
      ? 'none is counted until it closes'
      : `${breaker.failures} of ${breaker.threshold} in ${span(breaker.window)}`,
    last: last ? `${causeOf(last)}, ${ago(last.at)}` : 'none',
    rejections: several(breaker.rejections, 'call')
      + (breaker.backoffStep > 1 ? `; opened ${breaker.backoffStep} times in a row` : ''),
    rule: `Guards ${breaker.guards.join(', ') || 'nothing'}; ${breaker.rule}.`,
    override: breaker.override ? `“${breaker.override.reason}” – until ${moment(breaker.override.until)}, for another` : '',
    actionCount: String(breaker.recentActions.length),
  });
  find(card, '.override').hidden = !breaker.override;
  find(card, '.actions').hidden = breaker.recentActions.length === 0;
  showPips(find(card, '.pips'), breaker);
  showTimeline(find(card, '.timeline'), breaker);
  showActions(card, breaker.recentActions);
  list(find(card, '.steer'), steer(breaker), s => s[1], () => {
    const p = document.createElement('p');
    p.append(document.createElement('span'), ' ', document.createElement('code'));
    return p;
  }, (p, [what, command]) => {
    text(p.firstElementChild, what);
    text(p.lastElementChild, command);
  });
  list(find(card, '.failures tbody'), breaker.recentFailures, f => `${f.at} ${f.traceId}`, () => row(4), (tr, failure) => {
    const [when, cause, took, trace] = tr.children;
    text(when, moment(failure.at));
    text(cause, causeOf(failure));
    text(took, milliseconds(failure.duration * 1000));
    trace.className = 'trace';
    text(trace, failure.traceId ?? '–');
  });
  list(find(card, '.transitions tbody'), breaker.recentTransitions, t => `${t.at} ${t.to}`, () => row(4), (tr, transition) => {
    const [when, change, why, wait] = tr.children;
    text(when, moment(transition.at));
    text(change, `${transition.simulated ? 'would have gone ' : ''}${spaced(transition.from)} → ${spaced(transition.to)}`);
    text(why, REASONS[transition.reason]);
    text(wait, transition.wait === null ? '–' : `${transition.wait.toFixed(1)} s`);
  });
}

function showActions(card, actions) {
  list(find(card, '.actions tbody'), actions, a => `${a.at} ${a.action}`, () => row(4), (tr, action) => {
    const [when, what, length, reason] = tr.children;
    text(when, moment(action.at));
    text(what, action.action);
    text(length, action.length === null ? '–' : span(Math.round(action.length)));
    reason.className = 'reason';
    text(reason, action.reason);
  });
}

function showPips(pips, breaker) {
  const count = breaker.threshold <= 10 ? breaker.threshold : 0;   // more are a number, not a picture
  while (pips.children.length > count) pips.lastChild.remove();
  while (pips.children.length < count) pips.append(document.createElement('i'));
  [...pips.children].forEach((pip, index) => pip.classList.toggle('full', index < breaker.failures));
}

// The states of the last hour and when each began, oldest first.
function pointsOf(breaker) {
  const points = (past.breakers[breaker.name] ?? []).slice();
  if (points.length === 0 || points.at(-1).state !== breaker.state) points.push({ at: breaker.since, state: breaker.state });
  return points;
}

// When the incident began, of which the present state is only the latest turn.
function notClosedSince(breaker) {
  const points = pointsOf(breaker);
  return points[points.findLastIndex(point => point.state === 'closed') + 1].at;
}

function showTimeline(svg, breaker) {
  const points = pointsOf(breaker);
  const start = report.now - HOUR * 1000;
  const paths = {};
  let opened = 0, away = 0;
  points.forEach((point, index) => {
    const from = Math.max(0, (point.at - start) / 1000);
    const to = Math.min(HOUR, ((points[index + 1]?.at ?? report.now) - start) / 1000);
    if (to < from) return;
    if (point.state === 'open') { opened++; away += to - from; }
    const height = HEIGHTS[point.state];
    const width = Math.max(to - from, 6);   // a second is thinner than a pixel
    paths[point.state] = `${paths[point.state] ?? ''}M${Math.min(from, HOUR - width).toFixed(1)} 24v-${height}h${width.toFixed(1)}v${height}z`;
  });
  for (const path of svg.children) attribute(path, 'd', paths[path.dataset.state] ?? '');
  attribute(svg, 'aria-label', `The last hour: ${opened === 0 ? 'never open' : `open ${several(opened, 'time')}, ${span(Math.round(away))} in all`}`);
}

function showCountdowns() {
  list(find(document, '#breakers .list'), report.breakers, b => b.name, template('breaker'), (card, breaker) => {
    const retryAfter = breaker.state === 'open' ? left(breaker.retryAfter) : 0;
    const bar = find(card, '.wait');
    const wait = breaker.recentTransitions.find(t => t.to === 'open')?.wait ?? breaker.retryAfter;
    bar.hidden = breaker.state !== 'open';
    bar.firstElementChild.style.transform = `scaleX(${wait > 0 ? Math.min(1, retryAfter / wait) : 0})`;
    fill(card, {
      countdown: breaker.state === 'open' ? `${Math.ceil(retryAfter)} s` : '',
      overrideLeft: breaker.override ? span(Math.ceil(left(breaker.override.remaining))) : '',
    });
  });
}

// --- routes and aggregations

function showLine(svg, name, read, format, top) {
  const values = (past.routes[name] ?? []).map(read);
  const known = values.filter(value => value !== null);
  const highest = Math.max(top, ...known);
  const left = past.stretches - values.length;
  let path = '', pen = 'M';
  values.forEach((value, index) => {
    if (value === null) { pen = 'M'; return; }
    const x = (left + index + 0.5) * 90 / past.stretches;
    path += `${pen}${x.toFixed(1)} ${(19 - 18 * value / highest).toFixed(1)}`;
    if (pen === 'M') path += 'h0.01';   // one stretch alone is a dot
    pen = 'L';
  });
  attribute(svg.firstElementChild, 'd', path);
  const range = () => `${format(Math.min(...known))} to ${format(Math.max(...known))}`;
  attribute(svg, 'aria-label', known.length === 0 ? 'nothing yet' : `the last quarter of an hour: ${range()}`);
}

function showRoute(tr, route, way, parts = '') {
  const { figures } = route;
  fill(tr, {
    name: route.name, match: route.match, way, parts, policies: policiesOf(route), stale: staleOf(route),
    rate: rate(figures.rate), errors: share(figures.errors), p50: milliseconds(figures.p50), p99: milliseconds(figures.p99),
  });
  find(tr, '[data-field=errors]').toggleAttribute('data-bad', figures.errors >= 0.01);
  showLine(find(tr, '[data-line=rate]'), route.name, f => f.rate, rate, 0.1);
  showLine(find(tr, '[data-line=errors]'), route.name, f => f.errors, share, 1);
  showLine(find(tr, '[data-line=p50]'), route.name, f => f.p50, milliseconds, 1);
  showLine(find(tr, '[data-line=p99]'), route.name, f => f.p99, milliseconds, 1);
}

// --- the rest

function stateOf(destination) {
  return destination.reachability === 'reachable' && destination.health === 'unhealthy' ? 'unhealthy' : destination.reachability;
}

function showClusters(clusters) {
  const rows = clusters.flatMap(cluster => cluster.destinations.map(destination => ({ cluster, destination })));
  list(find(document, '#clusters .list'), rows, r => `${r.cluster.name} ${r.destination.name} ${r.destination.address}`, template('destination'),
    (tr, { cluster, destination }) => {
      const state = stateOf(destination);
      attribute(find(tr, '.badge'), 'data-state', state);
      fill(tr, {
        name: `${cluster.name} / ${destination.name}`,
        address: destination.address,
        state: { reachable: 'Reachable', unreachable: 'Unreachable', unhealthy: 'Unhealthy', unknown: 'Not known yet' }[state],
        since: destination.unreachableSince ? `since ${moment(destination.unreachableSince)}` : '',
        inFlight: String(destination.inFlight),
        limit: cluster.limit ? `cluster: ${cluster.limit.inFlight} of ${cluster.limit.places} places, ${cluster.limit.queued} waiting` : '',
      });
    });
}

function showBudgets(budgets) {
  byId('budgets').hidden = budgets.length === 0;
  list(find(document, '#budgets .list'), budgets, b => b.name, template('budget'), (tr, budget) => {
    const isExhausted = budget.left === 0 && budget.retries > 0;
    attribute(find(tr, '.badge'), 'data-state', isExhausted ? 'exhausted' : 'left');
    find(tr, '[data-field=refused]').toggleAttribute('data-bad', budget.refused.recent > 0);
    fill(tr, {
      name: budget.name,
      rule: `${share(budget.share)} of the calls of ${span(budget.window)}, or ${budget.minRetries} where there are few`,
      state: isExhausted ? 'Exhausted' : `${budget.left} left`,
      use: `${several(budget.calls, 'call')} in ${span(budget.window)}, ${budget.retries} tried again`,
      refused: String(budget.refused.recent),
      total: budget.refused.total > budget.refused.recent ? `${budget.refused.total} since the start` : '',
    });
  });
}

function showVersions(versions) {
  byId('versions').hidden = versions.length === 0;
  list(find(document, '#versions .list'), versions, v => v.name, template('version'), (tr, { name, prefix, deprecated }) => {
    const used = deprecated?.used ?? [];
    const sum = read => used.reduce((all, use) => all + read(use.requests), 0);
    const [recent, total] = [sum(r => r.recent), sum(r => r.total)];
    const isOver = deprecated?.sunset && deprecated.sunset < now();
    attribute(find(tr, '.badge'), 'data-state', deprecated ? 'deprecated' : 'current');
    find(tr, '[data-field=end]').toggleAttribute('data-bad', Boolean(isOver));
    fill(tr, {
      name,
      prefix: prefix ? `below ${prefix}` : 'paths as they are written',
      state: deprecated ? 'Deprecated' : 'Current',
      end: deprecated ? `${deprecated.since > now() ? 'from' : 'since'} ${date(deprecated.since)}${deprecated.sunset ? `, sunset ${isOver ? 'was' : 'is'} on ${date(deprecated.sunset)}` : ''}` : '',
      successor: deprecated?.successor ? `successor: ${deprecated.successor}` : '',
      used: deprecated ? several(recent, 'request') : '–',
      by: used.filter(use => use.requests.recent > 0).map(use => `${use.route} ${use.requests.recent}`).join(', '),
      total: total > recent ? `${total} since the start` : '',
    });
  });
}

function showCache(cache) {
  byId('cache').hidden = !cache;
  if (cache) {
    fill(byId('cache'), {
      kept: `${bytes(cache.bytes)} of ${bytes(cache.limit)} (${share(cache.limit === 0 ? 1 : cache.bytes / cache.limit)}), ${cache.entries.toLocaleString('en').replaceAll(',', ' ')} ${cache.entries === 1 ? 'entry' : 'entries'}`,
    });
  }
}

function showGateway({ configuration, build }) {
  fill(byId('gateway'), {
    hash: configuration.hash, file: configuration.file,
    since: `${moment(configuration.since)} (${ago(configuration.since)})`,
    version: build.version, revision: build.revision.slice(0, 12), runtime: build.runtime,
    started: `${moment(build.started)} (${ago(build.started)})`,
  });
  const box = byId('rejected');
  box.hidden = !configuration.rejected;
  if (configuration.rejected) text(find(box, 'time'), moment(configuration.rejected.since));
  list(find(box, '.list'), configuration.rejected?.problems ?? [], p => p, element('li'), text);
}

// What an operator has to know, the worst first.
function problemsOf({ breakers, clusters, configuration, routes, aggregations, retryBudgets }) {
  const problems = [];
  for (const breaker of breakers.filter(b => b.state !== 'closed')) {
    problems.push({
      bad: breaker.state === 'open' || breaker.state === 'forced_open',
      text: `Circuit breaker ${breaker.name} is ${WORDS[breaker.state].toLowerCase()}; it has not been closed since ${moment(notClosedSince(breaker))}.`,
    });
  }
  for (const cluster of clusters) {
    for (const destination of cluster.destinations.filter(d => ['unreachable', 'unhealthy'].includes(stateOf(d)))) {
      const since = destination.unreachableSince ? ` since ${moment(destination.unreachableSince)}` : '';
      problems.push({ bad: true, text: `Upstream ${cluster.name} / ${destination.name} is ${stateOf(destination)}${since}.` });
    }
  }
  for (const { name } of [...routes, ...aggregations].filter(r => r.policies?.cache?.stale > 0)) {
    problems.push({ bad: false, text: `${name} serves stale answers, since its upstream fails.` });
  }
  for (const { name } of retryBudgets.filter(b => b.refused.recent > 0)) {
    problems.push({ bad: false, text: `Retry budget ${name} is exhausted: calls that failed aren't tried again.` });
  }
  if (configuration.rejected) {
    problems.push({ bad: false, text: `The configuration file is refused since ${moment(configuration.rejected.since)}; the last good one serves on.` });
  }
  return problems.sort((a, b) => b.bad - a.bad);
}

function showSummary() {
  const problems = problemsOf(report);
  attribute(byId('summary'), 'data-kind', problems.some(p => p.bad) ? 'bad' : problems.length > 0 ? 'warn' : 'good');
  text(byId('headline'), problems.length === 0 ? 'All is well' : several(problems.length, 'problem'));
  list(byId('problems'), problems, p => p.text, element('li'), (li, problem) => text(li, problem.text));
  document.title = problems.length === 0 ? 'EventGateway status' : `(${problems.length}) EventGateway status`;
}

function announce(before, after) {
  const states = new Map((before?.breakers ?? []).map(b => [b.name, b.state]));
  const changes = after.breakers.filter(b => states.has(b.name) && states.get(b.name) !== b.state);
  if (changes.length > 0) text(byId('news'), changes.map(b => `Circuit breaker ${b.name}: ${WORDS[b.state]}.`).join(' '));
}

function show() {
  showCountdowns();
  list(find(document, '#breakers .list'), report.breakers, b => b.name, template('breaker'), showBreaker);
  list(find(document, '#routes .list'), report.routes, r => r.name, template('route'),
    (tr, r) => showRoute(tr, r, `to ${r.cluster}${r.breaker ? `, guarded by ${r.breaker}` : ''}`));
  list(find(document, '#aggregations .list'), report.aggregations, a => a.name, template('route'),
    (tr, a) => {
      const fanOut = a.fanOut ? `; fan-out: median ${a.fanOut.median}, most ${a.fanOut.most}` : '';
      showRoute(tr, a, `of ${a.steps.join(', ')}; ${a.inFlight} in flight${fanOut}${sharedOf(a)}`, partsOf(a));
      find(tr, '[data-field=parts]').toggleAttribute('data-bad', a.failedParts.some(part => part.recent > 0));
    });
  showClusters(report.clusters);
  showBudgets(report.retryBudgets);
  showVersions(report.versions);
  showCache(report.cache);
  showGateway(report);
  showSummary();
  find(document, 'main').hidden = false;
}

// --- the connection

let source = null, silence = 0, pause = 0, lostAt = 0;

function connect() {
  source = new EventSource('status/events');
  source.addEventListener('history', event => { past = JSON.parse(event.data); });
  source.addEventListener('report', event => receive(JSON.parse(event.data)));
  source.addEventListener('stopping', () => lose('The gateway is stopping.'));
  source.onerror = () => lose('The gateway does not answer.');
  listen();
}

function listen() {
  clearTimeout(silence);
  silence = setTimeout(() => lose('The gateway has fallen silent.'), SILENCE);
}

function receive(next) {
  listen();
  // Another build may have another page.
  if (report && (report.build.version !== next.build.version || report.build.revision !== next.build.revision)) location.reload();
  offset = next.now - Date.now();
  const before = report;
  report = next;
  if (lostAt || !before) {
    pause = lostAt = 0;
    connection('live', 'Live');
    if (before) text(byId('news'), 'Connected again.');
  }
  announce(before, next);
  show();
}

// The browser's own way to reconnect gives up on some answers; ours doesn't.
function lose(why) {
  source.close();
  clearTimeout(silence);
  if (!lostAt) {
    lostAt = Date.now();
    text(byId('news'), `${why} Reconnecting.`);
    attribute(byId('summary'), 'data-kind', 'warn');
    text(byId('headline'), 'Not known: there is no word from the gateway');
  }
  connection('lost', `${why} ${report ? `What you see is of ${moment(report.now)}. ` : ''}Reconnecting…`);
  pause = Math.min(LONGEST_PAUSE, pause + 500);
  setTimeout(connect, pause);
}

function connection(kind, words) {
  attribute(byId('connection'), 'data-kind', kind);
  text(byId('connection'), words);
  document.body.classList.toggle('lost', kind === 'lost');
}

setInterval(() => { if (report && !lostAt) showCountdowns(); }, 250);
connect();
