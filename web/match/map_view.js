// The map of patches on a canvas: points coloured by cluster, and which of them is near, or next.

const kPlaceFloats = 4;
const kClusters = 8;
const kMargin = 14; // CSS pixels
const kPoint = 3;
const kSelected = 7;
const kUnfolded = 0.8; // the share of the points that lies in the middle, unpressed
const kDirections = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class MapView {
  #canvas;
  #points = []; // {x, y: 0…1 from the left and the top, cluster, algorithm}
  selected = -1;
  taken = -1;

  constructor(canvas) {
    this.#canvas = canvas;
    const draw = () => this.draw();
    new ResizeObserver(draw).observe(canvas);
    new MutationObserver(draw).observe(document.documentElement, { attributes: true });
  }

  get points() {
    return this.#points;
  }

  // `places`: x, y, cluster and algorithm of each, as VoicesModule.places() gives them. The outermost are
  // pressed together towards the edges.
  show(places) {
    const count = places.length / kPlaceFloats;
    const column = (which) => Array.from({ length: count }, (_, i) => places[kPlaceFloats * i + which]);
    const [x, y] = [unfolded(column(0)), unfolded(column(1))];
    const [cluster, algorithm] = [column(2), column(3)];
    this.#points = x.map((at, i) => ({
      ...{ x: at, y: 1 - y[i], cluster: cluster[i], algorithm: algorithm[i] },
    }));
    this.selected = this.taken = -1;
    this.draw();
  }

  // The point nearest to a place on the canvas, in CSS pixels from its corner; −1 without any.
  nearest(left, top) {
    const at = this.#place_of(left, top);
    return this.#best((point) => this.#distance(point, at));
  }

  // The one that an arrow key leads to: near, and more in its direction than aside. −1 where there is none.
  next(key) {
    const [right, down] = kDirections[key];
    if (this.selected < 0) return this.#best((point) => this.#distance(point, { x: 0.5, y: 0.5 }));
    const from = this.#points[this.selected];
    const { width, height } = this.#size;
    return this.#best((point) => {
      const [dx, dy] = [(point.x - from.x) * width, (point.y - from.y) * height];
      const along = dx * right + dy * down;
      const aside = Math.abs(dx * down) + Math.abs(dy * right);
      return along > 0 && along >= aside ? Math.hypot(dx, dy) : Infinity;
    });
  }

  // Where a point is, in CSS pixels from the canvas's corner.
  position(index) {
    const { width, height } = this.#size;
    const { x, y } = this.#points[index];
    return { x: kMargin + x * width, y: kMargin + y * height };
  }

  draw() {
    const canvas = this.#canvas;
    const { clientWidth, clientHeight } = canvas;
    if (clientWidth === 0) return;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(clientWidth * ratio);
    canvas.height = Math.round(clientHeight * ratio);
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    const style = getComputedStyle(canvas);
    const colour = (name) => style.getPropertyValue(name).trim();
    for (let cluster = 0; cluster < kClusters; ++cluster) {
      context.fillStyle = colour(`--cluster-${cluster}`);
      context.beginPath();
      this.#points.forEach((point, i) => {
        if (point.cluster === cluster) this.#dot(context, i, kPoint);
      });
      context.fill();
    }
    const ring = (index, ink) => {
      if (index < 0) return;
      context.lineWidth = 2.5;
      context.strokeStyle = colour(ink);
      context.beginPath();
      this.#dot(context, index, kSelected);
      context.stroke();
    };
    ring(this.taken, "--accent");
    ring(this.selected, "--text");
  }

  #dot(context, index, radius) {
    const { x, y } = this.position(index);
    context.moveTo(x + radius, y);
    context.arc(x, y, radius, 0, 2 * Math.PI);
  }

  get #size() {
    const { clientWidth, clientHeight } = this.#canvas;
    return { width: clientWidth - 2 * kMargin, height: clientHeight - 2 * kMargin };
  }

  #place_of(left, top) {
    const { width, height } = this.#size;
    return { x: (left - kMargin) / width, y: (top - kMargin) / height };
  }

  #distance(point, at) {
    const { width, height } = this.#size;
    return Math.hypot((point.x - at.x) * width, (point.y - at.y) * height);
  }

  #best(cost_of) {
    let [best, least] = [-1, Infinity];
    this.#points.forEach((point, i) => {
      const cost = cost_of(point);
      if (cost < least) [best, least] = [i, cost];
    });
    return best;
  }
}

function unfolded(values) {
  const sizes = values.map(Math.abs).sort((a, b) => a - b);
  const scale = sizes[Math.floor(kUnfolded * (sizes.length - 1))] || 1;
  return values.map((value) => 0.5 + 0.5 * Math.tanh(value / scale / 1.3));
}
