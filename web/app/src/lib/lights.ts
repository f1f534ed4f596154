import { common } from './common-words';

export type Light = 'red' | 'yellow' | 'green' | 'closed_on_time' | 'closed_late' | 'closed' | 'cancelled' | 'paused' | 'none';

export function lightOf(value?: string | null): Light {
  return value && ['red', 'yellow', 'green', 'closed_on_time', 'closed_late', 'closed', 'cancelled', 'paused'].includes(value) ? (value as Light) : 'none';
}

export function lightWord(value?: string | null): string {
  switch (lightOf(value)) {
    case 'red': return common('red');
    case 'yellow': return common('yellow');
    case 'green': return common('green');
    case 'closed_on_time': return common('onTime');
    case 'closed_late': return common('late');
    case 'closed': return common('closed');
    case 'cancelled': return common('cancelled');
    case 'paused': return common('paused');
    default: return common('noLimit');
  }
}
