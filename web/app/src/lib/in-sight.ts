import { nextTick, onMounted, watch, type Ref } from 'vue';

/** Scroll a bar sideways, now and when what `changes` gives has changed, so that the chosen one in it is in sight. */
export function keepInSight(bar: Readonly<Ref<HTMLElement | null>>, chosen: string, changes: () => unknown) {
  async function look() {
    await nextTick();
    const one = bar.value?.querySelector(chosen);
    if (!bar.value || !one) return;
    const [whole, part] = [bar.value.getBoundingClientRect(), one.getBoundingClientRect()];
    bar.value.scrollLeft += part.left - whole.left - (whole.width - part.width) / 2;
  }
  onMounted(look);
  watch(changes, look);
}
