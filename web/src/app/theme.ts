import { theme, type ThemeConfig } from 'antd';

const fontFamily = "-apple-system, BlinkMacSystemFont, 'Segoe UI', 'PingFang SC', 'Hiragino Sans GB', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', sans-serif";

/** The same colours as styles.css, for Ant Design's parts. */
export const themeConfig = (dark: boolean, reducedMotion: boolean): ThemeConfig => ({
  algorithm: dark ? theme.darkAlgorithm : theme.defaultAlgorithm,
  cssVar: { key: 'crm' },
  hashed: false,
  token: {
    fontFamily,
    fontSize: 14,
    borderRadius: 6,
    controlHeight: 32,
    motion: !reducedMotion,
    wireframe: false,
    colorPrimary: dark ? '#7d9bff' : '#2f54c8',
    colorInfo: dark ? '#7d9bff' : '#2f54c8',
    colorLink: dark ? '#93acff' : '#2a4cb8',
    colorSuccess: dark ? '#4cc38a' : '#1d7f4e',
    colorWarning: dark ? '#e0a43a' : '#b26a00',
    colorError: dark ? '#ff7b72' : '#c4322c',
    colorBgLayout: dark ? '#101318' : '#f4f5f8',
    colorBgContainer: dark ? '#181c23' : '#ffffff',
    colorBgElevated: dark ? '#1f242d' : '#ffffff',
    colorBorder: dark ? '#3a424f' : '#d3d8e0',
    colorBorderSecondary: dark ? '#2a303a' : '#e6e9ee',
    colorText: dark ? '#e6e9ee' : '#1b2330',
    colorTextSecondary: dark ? '#a9b2bf' : '#566072',
    colorTextTertiary: dark ? '#929cab' : '#697386',
    colorTextPlaceholder: dark ? '#8a94a3' : '#737d8d',
    ...(dark ? { colorTextLightSolid: '#0d1017' } : {}),
  },
  components: {
    Form: { itemMarginBottom: 16, verticalLabelPadding: '0 0 4px' },
    Button: { primaryShadow: 'none', defaultShadow: 'none', dangerShadow: 'none' },
    Tag: { defaultBg: dark ? '#242a34' : '#f0f2f5', defaultColor: dark ? '#c9d0da' : '#3b4554' },
    Modal: { titleFontSize: 16 },
  },
});
