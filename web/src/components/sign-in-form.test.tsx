import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { describe, expect, it, vi } from 'vitest';
import { SignInForm } from '@/components/sign-in-form';
import { onSessionExpired } from '@/lib/http';
import { answers, recordedServer } from '@/test/server';
import { renderScreen, session } from '@/test/render';

const server = recordedServer();

describe('the sign-in form', () => {
  it('asks for a code only when the account has a second factor, and keeps what was typed', async () => {
    const bodies: unknown[] = [];
    const expired = vi.fn();
    const forget = onSessionExpired(expired);
    server.use(answers.on('post', 'session', async (request) => {
      bodies.push(await request.json());
      return bodies.length === 1 ? answers.problem(401, { code: 'otp_required' }) : bodies.length === 2 ? answers.problem(401, { code: 'otp_invalid', detail: '验证码不对，或者已经用过。' }) : HttpResponse.json(session);
    }));
    const done = vi.fn();
    await renderScreen(<SignInForm onDone={done} />);
    await userEvent.type(await screen.findByLabelText('用户名'), 'sales');
    await userEvent.type(screen.getByLabelText('密码'), 'Correct-horse-7');
    expect(screen.queryByLabelText('验证码')).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: /^登 ?录$/ }));
    await userEvent.type(await screen.findByLabelText('验证码'), '000000');
    await userEvent.click(screen.getByRole('button', { name: /^登 ?录$/ }));
    expect(await screen.findByText('验证码不对，或者已经用过。')).toBeTruthy();
    await userEvent.clear(screen.getByLabelText('验证码'));
    await userEvent.type(screen.getByLabelText('验证码'), ' 123456 ');
    await userEvent.click(screen.getByRole('button', { name: /^登 ?录$/ }));
    await vi.waitFor(() => expect(done).toHaveBeenCalled());
    expect(bodies).toEqual([
      { userName: 'sales', password: 'Correct-horse-7' }, { userName: 'sales', password: 'Correct-horse-7', otp: '000000' }, { userName: 'sales', password: 'Correct-horse-7', otp: '123456' },
    ]);
    expect(expired).not.toHaveBeenCalled();
    forget();
  });
});
