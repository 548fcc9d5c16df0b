/**
 * What the page does in a browser: it draws the charts, and copies commands. Without it the page says all the same, in
 * words and tables. Runs as a classic script behind the library that draws.
 */
(() => {
  /** @typedef {{ label: string, colour: string, values: (number | null)[] }} Line */
  /** @typedef {{ x: number, label: string }} Mark */
  /** @typedef {{ unit: string, lines: Line[] }} Chart */
  /** @typedef {{ zero: number, x: number[], marks: Mark[], charts: Record<string, Chart> }} Probe */
  /** @typedef {import('uplot')} Plot */
  /** @typedef {[from: number, to: number]} Range Seconds from the switch. */

  const Library = /** @type {{ uPlot: typeof import('uplot') }} */ (/** @type {unknown} */ (window)).uPlot;
  /** @type {Probe[]} */
  const probes = JSON.parse(document.getElementById('probes')?.textContent ?? '[]');
  /** Seconds on both sides of the switch that one looks at most. */
  const AROUND = 15;
  const HEIGHT = 200;

  /** @param {string} name */
  const colour = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  /** Whole minutes as such. @param {number} seconds */
  const offset = seconds => {
    const isMinutes = seconds !== 0 && seconds % 60 === 0;
    const sign = seconds > 0 ? '+' : '';
    return isMinutes ? `${sign}${seconds / 60} min` : `${sign}${Number(seconds.toFixed(1))} s`;
  };
  /** Between two numbers of the axis, in seconds: what people count in. */
  const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200];

  /** A vertical line at each time at which traffic moved, with its name. @param {Mark[]} marks @returns {import('uplot').Plugin} */
  const marksOf = marks => ({
    hooks: {
      draw: plot => {
        const { ctx, bbox } = plot;
        const ratio = window.devicePixelRatio;
        ctx.save();
        ctx.beginPath();
        ctx.rect(bbox.left, 0, bbox.width, bbox.top + bbox.height);
        ctx.clip();
        ctx.strokeStyle = ctx.fillStyle = colour('mark');
        ctx.lineWidth = 2 * ratio;
        ctx.setLineDash([4 * ratio, 3 * ratio]);
        ctx.font = `600 ${12 * ratio}px system-ui, sans-serif`;
        for (const { x, label } of marks) {
          const at = Math.round(plot.valToPos(x, 'x', true));
          ctx.beginPath();
          ctx.moveTo(at, bbox.top);
          ctx.lineTo(at, bbox.top + bbox.height);
          ctx.stroke();
          const isLate = at > bbox.left + bbox.width * 0.7;
          ctx.textAlign = isLate ? 'right' : 'left';
          ctx.fillText(label, at + (isLate ? -5 : 5) * ratio, bbox.top - 5 * ratio);
        }
        ctx.restore();
      },
    },
  });

  /** @param {Line} line @param {string} unit @returns {import('uplot').Series} */
  const seriesOf = ({ label, colour: name }, unit) => ({
    label,
    stroke: () => colour(name),
    fill: () => `${colour(name)}22`,
    width: 2,
    points: { show: false },
    ...(Library.paths.stepped ? { paths: Library.paths.stepped({ align: 1 }) } : {}),
    value: (_plot, value) => (value === null || value === undefined ? '–' : `${value} ${unit}`),
  });

  /** @returns {import('uplot').Axis} */
  const axis = () => ({
    stroke: () => colour('muted'),
    grid: { stroke: () => colour('line'), width: 1 },
    ticks: { stroke: () => colour('line'), width: 1 },
  });

  /** @param {HTMLElement} place @param {Probe} probe @param {Chart} chart @param {string} group @param {(range: Range) => void} zoomed */
  const draw = (place, probe, chart, group, zoomed) => {
    /** @type {import('uplot').Options} */
    const options = {
      width: place.clientWidth,
      height: HEIGHT,
      padding: [22, 12, 0, 0],
      cursor: { sync: { key: group }, drag: { x: true, y: false, dist: 5 }, y: false },
      scales: {
        x: { time: false },
        y: { range: (_plot, _low, high) => [0, Math.max(1, (high ?? 0) * 1.1)] },
      },
      series: [
        {
          label: 'from the switch',
          value: (_plot, x) => (x === null ? '–' : `${offset(x)}, ${clock(probe.zero + x * 1000)}`),
        },
        ...chart.lines.map(line => seriesOf(line, chart.unit)),
      ],
      axes: [
        { ...axis(), space: 60, incrs: STEPS, values: (_plot, values) => values.map(offset) },
        { ...axis(), size: 56 },
      ],
      plugins: [marksOf(probe.marks)],
      hooks: {
        setScale: [
          (plot, name) => {
            const { min, max } = plot.scales[name] ?? {};
            if (name === 'x' && min !== undefined && max !== undefined) zoomed([min ?? 0, max ?? 0]);
          },
        ],
      },
    };
    return new Library(options, [probe.x, ...chart.lines.map(({ values }) => values)], place);
  };

  /** @param {number} at */
  const clock = at => `${new Date(at).toISOString().slice(11, 19)} UTC`;

  /** The charts of a probe show the same span of time, whichever is zoomed. @param {HTMLElement} place @param {number} index */
  const drawProbe = (place, index) => {
    const probe = probes[index];
    if (!probe) return;
    place.hidden = false;
    /** @type {Range} */
    const whole = [probe.x[0] ?? 0, probe.x.at(-1) ?? 1];
    /** @type {Range} */
    let shown = whole;
    /** @param {Range} range */
    const zoom = range => {
      if (range[0] === shown[0] && range[1] === shown[1]) return;
      shown = range;
      place.dataset.from = String(range[0]);
      place.dataset.to = String(range[1]);
      for (const plot of plots) plot.setScale('x', { min: range[0], max: range[1] });
    };
    /** @type {Plot[]} */
    const plots = [];
    for (const figure of place.querySelectorAll('figure')) {
      const chart = probe.charts[figure.dataset.chart ?? ''];
      const canvas = figure.querySelector('div');
      if (chart && canvas) plots.push(draw(canvas, probe, chart, `probe-${index}`, zoom));
    }
    addTools(place, whole, () => shown, zoom);
    watch(place, plots);
  };

  /** Zoom for keys and fingers. @param {HTMLElement} place @param {Range} whole @param {() => Range} shown @param {(range: Range) => void} zoom */
  const addTools = (place, whole, shown, zoom) => {
    /** @param {number} factor */
    const by = factor => {
      const [from, to] = shown();
      const middle = from < 0 && to > 0 ? 0 : (from + to) / 2;
      const half = ((to - from) * factor) / 2;
      zoom([Math.max(whole[0], middle - half), Math.min(whole[1], middle + half)]);
    };
    const tools = place.querySelector('.tools');
    tools?.append(
      button('Around the switch', () => zoom([Math.max(whole[0], -AROUND), Math.min(whole[1], AROUND)])),
      button('Closer', () => by(0.5)),
      button('Wider', () => by(2)),
      button('Everything', () => zoom(whole)),
    );
  };

  /** Follows the width of the page, and the change from light to dark. @param {HTMLElement} place @param {Plot[]} plots */
  const watch = (place, plots) => {
    const refit = () => {
      for (const plot of plots) {
        const width = plot.root.parentElement?.clientWidth ?? 0;
        if (width > 0 && width !== plot.width) plot.setSize({ width, height: HEIGHT });
      }
    };
    refit();
    new ResizeObserver(refit).observe(place);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      for (const plot of plots) plot.redraw(false, true);
    });
  };

  /** @param {string} text @param {() => void} work */
  const button = (text, work) => {
    const made = document.createElement('button');
    made.type = 'button';
    made.textContent = text;
    made.addEventListener('click', work);
    return made;
  };

  /** @param {HTMLElement} block */
  const addCopy = block => {
    const text = block.textContent ?? '';
    const copy = button('Copy', async () => {
      try {
        await navigator.clipboard.writeText(text);
        copy.textContent = 'Copied';
      } catch {
        // A page that was opened without the right to: it is selected, to be copied by hand.
        getSelection()?.selectAllChildren(block);
        copy.textContent = 'Selected';
      }
    });
    block.before(copy);
  };

  for (const place of document.querySelectorAll('[data-probe]')) {
    if (place instanceof HTMLElement) drawProbe(place, Number(place.dataset.probe));
  }
  for (const block of document.querySelectorAll('pre[data-copy]')) {
    if (block instanceof HTMLElement) addCopy(block);
  }
})();
