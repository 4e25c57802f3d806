// Charts of messages over time, from the JSON that stands beside each canvas; and what a live part adds to them.
"use strict";

(() => {
  const language = document.documentElement.lang || "en";
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const drawn = new Map();

  // What is drawn, each in the colour of its state.
  const NAMES = ["sent", "failed", "unknown"];

  // Steps between times on an axis, in seconds; a step of days shows days, one of less than a minute seconds.
  const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800];
  const stepOf = (span) => STEPS.find((step) => span / step <= 6) || STEPS.at(-1);

  function clock(zone, step) {
    const parts = {
      ...(step >= 43200 ? { day: "numeric", month: "short" } : {}), hour: "2-digit", minute: "2-digit",
      ...(step < 60 ? { second: "2-digit" } : {}), hourCycle: "h23",
    };
    const format = new Intl.DateTimeFormat(language, { timeZone: zone, ...parts });
    return (epoch) => format.format(new Date(epoch * 1000));
  }

  // Colours are read when a chart is drawn, and again when the theme changes.
  function paint(chart) {
    NAMES.forEach((name, n) => {
      const set = chart.data.datasets[n];
      set.borderColor = colour(`--s-${name}`);
      set.backgroundColor = chart.config.type === "bar" ? set.borderColor : set.borderColor + "26";
    });
    for (const axis of Object.values(chart.options.scales)) {
      axis.ticks.color = colour("--v-muted");
      axis.grid.color = colour("--v-line");
      axis.border = { color: colour("--v-line") };
    }
    chart.options.plugins.legend.labels.color = colour("--v-text");
    chart.update();
  }

  function options(scales) {
    return {
      animation: false, responsive: true, maintainAspectRatio: false, interaction: { mode: "index", intersect: false },
      plugins: {
        legend: { position: "bottom", labels: { boxWidth: 12, boxHeight: 12 } },
        tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${numbers.format(item.parsed.y)}` } },
      },
      scales,
    };
  }

  const upwards = (stacked) => ({
    beginAtZero: true, stacked, grid: {}, ticks: { precision: 0, maxTicksLimit: 5, callback: (value) => numbers.format(value) },
  });

  function rateChart(canvas, data) {
    const told = clock(data.zone, 1);
    const points = (name) => data[name].map((rate, n) => ({ x: data.start + (n + 0.5) * data.width, y: rate }));
    const line = (name) => ({
      label: data.labels[name], data: points(name), fill: true, borderWidth: 2, pointRadius: 0, pointHitRadius: 8, tension: 0.2,
    });
    const scales = {
      x: { type: "linear", grid: { display: false }, ticks: { maxRotation: 0 }, beginAtZero: false },
      y: upwards(false),
    };
    const made = options(scales);
    made.zone = data.zone;
    made.plugins.tooltip.callbacks.title = (items) => told(items[0].parsed.x);
    const chart = new Chart(canvas, { type: "line", data: { datasets: NAMES.map(line) }, options: made });
    fit(chart);
    return chart;
  }

  // Ticks stand at round times of what is shown.
  function fit(chart) {
    const points = chart.data.datasets[0].data;
    if (!points.length) return;
    const axis = chart.options.scales.x;
    [axis.min, axis.max] = [points[0].x, Math.max(points.at(-1).x, points[0].x + 5)];
    const step = stepOf(axis.max - axis.min);
    const told = clock(chart.options.zone, step);
    axis.ticks.callback = told;
    axis.afterBuildTicks = (scale) => {
      scale.ticks = [];
      for (let at = Math.ceil(scale.min / step) * step; at <= scale.max; at += step) scale.ticks.push({ value: at });
    };
  }

  function hoursChart(canvas, data) {
    const told = clock(data.zone, 3600);
    const bars = (name) => ({ label: data.labels[name], data: data[name], stack: "all", borderWidth: 0, borderRadius: 3 });
    const scales = { x: { stacked: true, grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 16 } }, y: upwards(true) };
    const labels = data.at.map(told);
    return new Chart(canvas, { type: "bar", data: { labels, datasets: NAMES.map(bars) }, options: options(scales) });
  }

  function drawAll() {
    for (const canvas of document.querySelectorAll("canvas[data-chart]")) {
      if (drawn.has(canvas.id)) continue;
      const data = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
      const chart = (data.kind === "rate" ? rateChart : hoursChart)(canvas, data);
      drawn.set(canvas.id, chart);
      paint(chart);
    }
  }

  // The live part of a mailing says how many messages have moved until when; the difference is the rate.
  let before = null;
  function addLive() {
    const live = document.getElementById("live");
    const chart = drawn.get("rate");
    if (!live || !live.dataset.at) return;
    const now = { at: Number(live.dataset.at), counts: NAMES.map((name) => Number(live.dataset[name])) };
    const differ = () => Boolean(before && now.counts.some((count, n) => count !== before.counts[n]));
    if (!before && chart) {
      // What the ledger had sampled ends where the live part begins.
      for (const set of chart.data.datasets) set.data = set.data.filter((point) => point.x < now.at);
    }
    if (before && chart && now.at - before.at > 0.5 && (differ() || before.moved)) {
      NAMES.forEach((name, n) => {
        const rate = Math.max(0, now.counts[n] - before.counts[n]) / (now.at - before.at);
        chart.data.datasets[n].data.push({ x: now.at, y: rate });
      });
      document.getElementById("rate-card").hidden = false;
      fit(chart);
      chart.update("none");
    }
    now.moved = differ();
    before = now;
  }

  // A question that is open, and what somebody is about to press, stay as they are.
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const target = event.detail.target;
    if (target.querySelector("dialog[open]") || (target.id === "mailing-notes" && target.contains(document.activeElement))) {
      event.detail.shouldSwap = false;
    }
  });

  document.addEventListener("htmx:afterSettle", addLive);
  window.addEventListener("load", () => {
    drawAll();
    addLive();
    const watch = new MutationObserver(() => drawn.forEach(paint));
    watch.observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
  });
})();
