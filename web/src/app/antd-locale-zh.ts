import 'dayjs/locale/zh-cn';
export { default } from 'antd/locale/zh_CN';
