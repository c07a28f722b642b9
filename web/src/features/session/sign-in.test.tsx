import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { queryClient } from '@/lib/query-client';
import { loadSession, sessionKey, signInExternally } from '@/lib/session';
import { answers, recordedServer } from '@/test/server';
import { renderScreen, session } from '@/test/render';
import { SignInPage } from './sign-in';

const server = recordedServer();
const nobody = answers.on('get', 'session', () => answers.problem(401, { code: 'unauthenticated', providers: [{ name: 'sso', displayName: '统一身份' }] }));
const open = async (address: string) => {
  const view = await renderScreen(<SignInPage />, address);
  await queryClient.resetQueries({ queryKey: sessionKey });
  return view;
};

describe('signing in by a provider', () => {
  it('offers a link for each and takes along where one wanted to go', async () => {
    server.use(nobody);
    await open('/sign-in?next=%2Fcustomers');
    expect((await screen.findByRole('link', { name: '使用 统一身份 登录' })).getAttribute('href')).toBe('/connect/external/sso?next=%2Fcustomers');
  });

  it('asks for the code of the second factor, and goes on', async () => {
    const sent: unknown[] = [];
    server.use(nobody, answers.on('post', 'session/external', async (request) => {
      const body = await request.json() as { otp?: string };
      sent.push(body);
      return body.otp === '123456' ? HttpResponse.json(session) : answers.problem(401, { code: body.otp ? 'otp_invalid' : 'otp_required', detail: '验证码不对，或者已经用过。' });
    }));
    const { history } = await open('/sign-in?external=sso&next=%2Fcustomers');
    const code = await screen.findByLabelText('验证码');
    await userEvent.type(code, '000000');
    await userEvent.click(screen.getByRole('button', { name: '继续登录' }));
    expect(await screen.findByText('验证码不对，或者已经用过。')).toBeTruthy();
    await userEvent.clear(screen.getByLabelText('验证码'));
    await userEvent.type(screen.getByLabelText('验证码'), '123456');
    await userEvent.click(screen.getByRole('button', { name: '继续登录' }));
    await waitFor(() => expect(history.location.pathname).toBe('/customers'));
    expect(sent).toEqual([{}, { otp: '000000' }, { otp: '123456' }]);
  });

  it('stays signed in when an earlier question about the session is answered late', async () => {
    queryClient.clear();
    let answer = () => {};
    const late = new Promise<void>((resolve) => { answer = resolve; });
    server.use(
      answers.on('get', 'session', async () => { await late; return answers.problem(401, { code: 'unauthenticated' }); }),
      answers.on('post', 'session/external', () => HttpResponse.json(session)),
    );
    const question = loadSession().catch(() => undefined);
    await signInExternally();
    answer();
    await question;
    expect(queryClient.getQueryData(sessionKey)).toEqual(session);
  });

  it('says what went wrong there and still takes a password', async () => {
    server.use(nobody);
    await open('/sign-in?problem=external_unavailable&provider=sso');
    expect(await screen.findByText('统一身份 暂时无法使用，请稍后再试，或者用密码登录。')).toBeTruthy();
    expect(screen.getByLabelText('密码')).toBeTruthy();
  });
});
