/** How loud a microphone is, as long as somebody looks. */

/** Milliseconds from one look to the next. */
const EVERY = 100;
/** Decibels below the loudest that count as silence. */
const RANGE = 60;

/**
 * @param {Float32Array} samples from -1 to 1
 * @returns {number} from 0 to 1, even steps for what is heard as such
 */
export function levelOf(samples) {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  const decibels = 10 * Math.log10(power);
  return Math.min(1, Math.max(0, 1 + decibels / RANGE));
}

/**
 * @param {MediaStreamTrack} track
 * @param {(level: number) => void} show
 * @returns {() => void} ends it
 */
export function listen(track, show) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  // All that was heard since the last look, at up to 48,000 samples a second.
  analyser.fftSize = 8192;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    show(levelOf(samples));
  }, EVERY);
  return () => {
    clearInterval(timer);
    context.close();
  };
}
